/*
 * fault_table.h - every fault dcf can tell a sender, an adapter author or an
 * operator: one row each, from which the codes, `dcfctl explain` and the
 * documentation come. A code is stable: rows are added, never renumbered.
 *
 * Shape after Bichard's exception definitions: cause, how to
 * correct, how to avoid; and who acts.
 *
 * X(number, NAME, severity, who, text, cause, remedy, avoidance)
 *   severity ERROR  the message cannot go on     WARN  it goes on, and the fault travels with it
 *   who      SENDER the system that sent it      ADAPTER who writes the mapping
 *            OPERATOR who runs dcf               RECEIVER the party it was for
 * 1xxx bytes and syntax, 2xxx mapping and content, 3xxx identifiers, 4xxx exchange
 * rules, 5xxx delivery, 6xxx gateway, 7xxx mapping files. SPDX-License-Identifier: MIT
 */
#ifndef DCF_FAULT_TABLE_H
#define DCF_FAULT_TABLE_H

#define DCF_FAULT_TABLE(X)                                                                         \
    X(1001, NOT_WELL_FORMED, ERROR, SENDER, "the document is not well formed",                     \
      "The bytes break the grammar of the format, or the document ends early.",                    \
      "Correct the document at the line given and send it again.",                                 \
      "Produce documents with a serialiser, and write a spool file under a temporary name first.") \
    X(1002, NOT_UTF8, ERROR, SENDER, "the document is not valid UTF-8",                            \
      "A byte sequence is overlong, truncated or a surrogate, or the encoding is not declared.",   \
      "Send the document in UTF-8, or declare what it is in.", "Use UTF-8 when exporting.")        \
    X(1003, DTD_REFUSED, ERROR, SENDER, "document type declarations are refused",                  \
      "A DOCTYPE allows entities, which can read files or grow without end.",                      \
      "Remove the DOCTYPE.", "Do not use DTDs or entities beyond the five of XML.")                \
    X(1004, TOO_DEEP, ERROR, SENDER, "nesting over the limit",                                     \
      "Elements nest deeper than the link allows.", "Flatten the document.",                       \
      "Check the limit depth of the link.")                                                        \
    X(1005, TOO_LARGE, ERROR, SENDER, "document over the size limit",                              \
      "The document has more bytes than the link allows.",                                         \
      "Send large material by reference (claim check), or split the message.",                     \
      "Keep footage and scans out of the message.")                                                \
    X(1006, TOO_MANY, ERROR, SENDER, "too many values",                                            \
      "The document has more elements, attributes or group entries than the link allows.",         \
      "Split the case file.", "Check the limit values of the link.")                               \
    X(1007, TEXT_TOO_LONG, ERROR, SENDER, "a text over the limit of the link",                     \
      "One value has more bytes than the link allows.", "Shorten it, or send it as material.",     \
      "Check the limit text of the link.")                                                         \
    X(1008, DUPLICATE_KEY, ERROR, SENDER, "a JSON key stands twice in one object",                 \
      "Readers disagree which of the two counts, so neither may.", "Remove one of them.",          \
      "Produce JSON with a serialiser.")                                                           \
    X(1009, WRAPPED_TOO_DEEP, ERROR, SENDER, "a payload is wrapped too deep",                      \
      "Escaped documents inside documents nest deeper than three.",                                \
      "Escape the payload once per layer.", "Check that the sending step does not escape again.")  \
    X(1010, FORBIDDEN_CHARACTER, ERROR, SENDER, "a character that text cannot carry",              \
      "NUL, or a lone surrogate escape, which would be lost or altered on the way.",               \
      "Remove the character.", "Clean text when it is entered.")                                   \
    X(1011, RAGGED_ROW, ERROR, SENDER, "a row has more or fewer cells than columns",               \
      "Each row of a table has as many cells as its record type has columns.",                     \
      "Fill the row, or quote the cell that holds a separator.",                                   \
      "Produce tables with a library that quotes.")                                                \
    X(1012, WRONG_HEADER, ERROR, SENDER, "the header is not the dialect's",                        \
      "The first row lacks a column that the mapping declares.", "Add the column.",                \
      "Keep headings as agreed; a renamed column is a new edition of the export.")                 \
    X(1013, BAD_ENCODING, ERROR, SENDER, "the document is not in the encoding declared",           \
      "A byte is none of the encoding that the mapping, or XML, declares; or none that is read.",  \
      "Send the document in the declared encoding.", "Set the encoding of the export, once.")      \
    X(1014, NO_PARENT_ROW, ERROR, SENDER, "a row belongs to a row that is not there",              \
      "Its record type belongs to another, and none of that type is above it, or has its key.",    \
      "Add the row it belongs to, or correct the key.",                                            \
      "Export a case with all its rows, each after the one it belongs to.")                        \
    X(1015, KEY_TWICE, ERROR, SENDER, "two entries have the key by which others refer to them",    \
      "It cannot be told to which of them the others belong.", "Give each its own key.",           \
      "Number the entries of a case.")                                                             \
    X(1016, DANGLING, ERROR, SENDER, "a reference to what is not there",                           \
      "An id names an object that the document does not hold.",                                    \
      "Add the object, or correct the id.", "Export what is referred to with what refers to it.")  \
    X(2001, UNKNOWN_MESSAGE, ERROR, SENDER, "no message of this dialect looks like this",          \
      "The root element or the discriminator matches no message in the mapping.",                  \
      "Send a message the dialect lists, to the link that speaks it.",                             \
      "Run dcfctl map to-canonical before going live.")                                            \
    X(2002, WRONG_NAMESPACE, ERROR, SENDER, "a known element in a wrong namespace",                \
      "The local name is known here, the namespace is not the dialect's.",                         \
      "Use the namespace the dialect states.", "Do not strip or invent namespaces when wrapping.") \
    X(2003, UNMAPPED, ERROR, ADAPTER, "a value the mapping does not know",                         \
      "The document has an element, attribute or key that is neither mapped nor dropped with a "   \
      "reason.",                                                                                   \
      "Map it, declare it dropped with a reason, or let the dialect carry unknown values.",        \
      "Run dcfctl map over samples of each release of the sending system.")                        \
    X(2004, CARRIED, WARN, ADAPTER, "an unknown value is carried through untouched",               \
      "The mapping does not know it and the dialect carries unknown values as extensions.",        \
      "Map it when its meaning is known.",                                                         \
      "Run dcfctl map over samples of each release of the sending system.")                        \
    X(2005, REQUIRED, ERROR, SENDER, "a required value is missing",                                \
      "The message cannot be understood without it.", "Fill it and send again.",                   \
      "Make the field mandatory where it is entered.")                                             \
    X(2006, BAD_VALUE, ERROR, SENDER, "a value does not have the form its field needs",            \
      "It is no date, time, number or pattern as the field demands.", "Correct the value.",        \
      "Validate at entry.")                                                                        \
    X(2007, UNKNOWN_CODE, ERROR, SENDER, "a code that the code table does not have",               \
      "The code list of this field has no such code on that day.", "Use a code of the list.",      \
      "Keep both sides on the same edition of the code list.")                                     \
    X(2008, TOO_LONG, ERROR, SENDER, "a value longer than the other side can hold",                \
      "The receiving field is shorter.", "Shorten the value.",                                     \
      "Check field lengths against the receiving form.")                                           \
    X(2009, TRUNCATED, WARN, RECEIVER, "a value was shortened as the mapping declares",            \
      "The receiving field is shorter and the mapping declares truncation.",                       \
      "Read the whole value at the sender.", "Shorten the value at the source.")                   \
    X(2010, REPEATED, ERROR, SENDER, "a value that may stand once stands again",                   \
      "The field holds one value; a second would overwrite the first.", "Send one.",               \
      "Check the export template.")                                                                \
    X(2011, WRONG_KIND, ERROR, SENDER, "a value of another kind than the field",                   \
      "An object or list stands where a value belongs, or the other way, or text where a number "  \
      "belongs.",                                                                                  \
      "Send the kind the dialect states.", "Validate against the dialect's samples.")              \
    X(2012, NOT_CARRIED, ERROR, ADAPTER, "the dialect cannot carry this message",                  \
      "The receiver's mapping has no form for this message type.",                                 \
      "Add the message to the mapping.",                                                           \
      "Compare the catalogue with the mapping before going live.")                                 \
    X(2013, LOST_ON_WRITE, WARN, ADAPTER, "a value the receiver's dialect has no place for",       \
      "The canonical message has a value that the receiver's mapping neither writes nor drops.",   \
      "Map it or declare it dropped with a reason.", "Run dcfctl map roundtrip.")                  \
    X(2014, STRAY_TEXT, ERROR, SENDER, "text where only elements belong",                          \
      "An element that groups others also holds text of its own.", "Remove the text.",             \
      "Produce documents with a serialiser.")                                                      \
    X(2015, NO_COLUMN, ERROR, ADAPTER, "more values than the table has columns for",               \
      "A list has more values than columns of its name.", "Declare more columns, or a record.",    \
      "Make what has no fixed number a record of its own.")                                        \
    X(2016, INDISTINCT, ERROR, ADAPTER, "two entries that a table would make one",                 \
      "In a table without record types an entry is known by its values alone, and these have "     \
      "none "                                                                                      \
      "or the same.",                                                                              \
      "Map a value that tells them apart.", "Give the table a column with the record type.")       \
    X(3001, BAD_URN, WARN, SENDER, "the URN does not have the form of a PTI URN",                  \
      "It is not two digits of force, two of unit, five of number and two of year.",               \
      "Correct the URN.", "Take the URN from the case record, do not type it.")                    \
    X(3002, BAD_ASN, WARN, SENDER, "the arrest/summons number fails its check",                    \
      "The form or the check letter does not match.", "Correct the ASN.",                          \
      "Pad the number, never after the year.")                                                     \
    X(3003, BAD_PNC_ID, WARN, SENDER, "the PNC id fails its check",                                \
      "The form or the check letter does not match.", "Correct the PNC id.",                       \
      "Take it from the PNC record.")                                                              \
    X(3004, BAD_CRO, WARN, SENDER, "the CRO number fails its check",                               \
      "The form or the check letter does not match.", "Correct the CRO number.",                   \
      "Take it from the record.")                                                                  \
    X(3005, BAD_OFFENCE_CODE, WARN, SENDER,                                                        \
      "the offence code does not have the form of a CJS code",                                     \
      "It is neither two letters, two digits of year and three digits, nor a local code.",         \
      "Use the code of the CJS offence index.", "Pick offences from the index.")                   \
    X(3006, BAD_OU_CODE, WARN, SENDER, "the organisation unit code has a wrong form",              \
      "It is not an optional level letter and six characters.", "Correct the OU code.",            \
      "Take it from the organisation list.")                                                       \
    X(4001, NOT_YOUR_CASE, ERROR, SENDER, "the URN belongs to another force",                      \
      "The force in the URN is not one the sending link may speak for.",                           \
      "Send it from the owning force, or correct the URN.",                                        \
      "Transfer ownership before submitting.")                                                     \
    X(4002, NOT_ALLOWED_SENDER, ERROR, SENDER, "this party may not send this message",             \
      "The lifecycle names other senders for the message type.", "Let the right party send it.",   \
      "Check dcfctl lifecycle.")                                                                   \
    X(4003, NOT_NOW, ERROR, SENDER, "the case is not in a state that allows this message",         \
      "The lifecycle does not allow the message in the case's present state.",                     \
      "Look at the case with dcfctl case show and send what is due.", "Follow the lifecycle.")     \
    X(4004, CONFLICT, ERROR, SENDER, "the same message id came with another content",              \
      "An id was used for two different messages.", "Send the second under a new id.",             \
      "Make a new id for each message; keep it for a resend.")                                     \
    X(4005, WAITS_FOR_CASE, WARN, OPERATOR, "the message waits for its case",                      \
      "It came before the case it speaks of; it is kept 28 days.", "Nothing, or send the case.",   \
      "Send the case first.")                                                                      \
    X(4006, EXPIRED, ERROR, SENDER, "the message waited longer than it may",                       \
      "Its case did not come in time, or its time to live ended.",                                 \
      "Send the case, then the message again; or have an operator replay it, as held.",            \
      "Send the case first.")                                                                      \
    X(4007, NO_ROUTE, ERROR, OPERATOR, "no party is configured to receive this",                   \
      "The force's CPS Area, or the force, has no link.",                                          \
      "Add the route, then have the message sent again.", "Check dcfd --check.")                   \
    X(4008, TEST_TO_LIVE, ERROR, OPERATOR, "a test message for a live party",                      \
      "A message marked as test may reach only test links.", "Send it to a test link.",            \
      "Keep test systems on test links.")                                                          \
    X(4009, NO_URN, ERROR, SENDER, "the message names no usable case",                             \
      "The URN is missing or empty.", "Fill the URN.", "Make the URN mandatory in the export.")    \
    X(4010, NO_CONTACT, ERROR, SENDER, "a charging decision without a usable prosecutor contact",  \
      "Recommendation 16: name and at least one of telephone or e-mail.",                          \
      "Add the contact details.", "Fill the prosecutor's contact once in the sending system.")     \
    X(4011, NO_RATIONALE, ERROR, SENDER,                                                           \
      "an action plan item without rationale, category, date or text",                             \
      "Recommendation 13: each request says what, why and by when.", "Complete the item.",         \
      "Make the fields mandatory where action plans are written.")                                 \
    X(4012, AREA_UNDECIDED, WARN, OPERATOR, "the CPS Area of the case is not decided",             \
      "The force has several Areas and the police unit of the URN is not configured.",             \
      "Nothing: it goes to the CPS party that serves all Areas.",                                  \
      "Name the unit's Area in the units of config/forces.yaml.")                                  \
    X(4020, SUPERSEDED, WARN, SENDER, "a newer version came before this one was delivered",        \
      "The sender corrected or resubmitted it while the receiver was away.",                       \
      "Nothing: the newest version is delivered.", "None needed.")                                 \
    X(4021, MERGED_AWAY, ERROR, SENDER, "the case was merged into another",                        \
      "A merge notice took this case into another; the detail names it.",                          \
      "Send the message under the URN of the surviving case.",                                     \
      "Take over the new URN when a merge notice comes.")                                          \
    X(4022, MERGE_NOT_POSSIBLE, ERROR, SENDER, "cases that cannot be merged",                      \
      "The merge names the case itself, a case of another force, a case that took this one in, "   \
      "or no URN.",                                                                                \
      "Correct the URNs of the merge.", "Merge within a force; transfer ownership first.")         \
    X(4023, NO_GATEKEEPER, ERROR, SENDER, "no gatekeeper approved the file",                       \
      "Recommendation 5a: who approved it and when are missing.",                                  \
      "Have it approved, and send it with name and time.",                                         \
      "Make the approval a step before sending.")                                                  \
    X(4024, NOT_ACCREDITED, WARN, SENDER, "the approver's accreditation is not given",             \
      "Recommendation 5c: decisions are made by trained people.",                                  \
      "Give the accreditation's reference.", "Keep accreditations with the user accounts.")        \
    X(4025, NOT_TRAINED, WARN, SENDER, "the approver's training has run out",                      \
      "Recommendations 6 and 7: supervisors renew their training.", "Book the course.",            \
      "Warn supervisors before their training runs out.")                                          \
    X(4026, NO_CONTACT_ARRANGED, WARN, SENDER, "nobody is named to contact",                       \
      "Recommendation 5b: a rejection or a plan says whom to ask.",                                \
      "Add telephone or e-mail; until then dcfctl contact show URN lists the desks.",              \
      "Fill the unit's contact once in the sending system.")                                       \
    X(4027, NO_TRIAGE_REASON, WARN, SENDER, "a rejection without an enumerated reason",            \
      "None of the reasons T01 to T13 is given.", "State at least one.",                           \
      "Offer the reasons as a list.")                                                              \
    X(4028, ASKED_BEFORE, ERROR, SENDER, "an action plan asks again for what was asked before",    \
      "Recommendation 13: the same item is open or was answered.",                                 \
      "Refer to that item, or say what is different.",                                             \
      "Show open and answered items where plans are written.")                                     \
    X(4029, PROVIDED_ALREADY, ERROR, SENDER, "an action plan asks for what was provided",          \
      "Recommendation 13: the case holds that form.",                                              \
      "Use what is there, or ask for a change of it.",                                             \
      "Show the case's material where plans are written.")                                         \
    X(4030, NOT_AUTHORISED_CHARGE, WARN, SENDER, "a charge that no decision authorised",           \
      "Offence code and date match no charge the CPS authorised in this case.",                    \
      "Check the charge against the decision.", "Take charges over from the decision.")            \
    X(4031, NOT_CLEARED, ERROR, SENDER,                                                            \
      "unredacted material for a party that is not cleared for it",                                \
      "Recommendation 15: the receiver's configuration does not say `cleared: [unredacted]`.",     \
      "Send it redacted.", "Label lanes where material is made.")                                  \
    X(4032, TOOL_NOT_REGISTERED, ERROR, SENDER, "a redaction tool that is not on the register",    \
      "Recommendation 14: the manifest's tool, version or AI model is not registered.",            \
      "Use a registered tool, or have this one tested and registered.",                            \
      "Check config/redaction-tools.yaml before changing tools.")                                  \
    X(4033, BAD_MANIFEST, WARN, SENDER, "a redaction manifest that is not whole",                  \
      "Recommendations 14 and 15: profile, digests, types, and for AI its model and confidence.",  \
      "Complete the manifest.", "Have the tool write it.")                                         \
    X(4034, AI_NOT_CONFIRMED, ERROR, SENDER, "AI redaction that nobody confirmed",                 \
      "Recommendation 15: it may not go to defence or court like this.",                           \
      "Have a person confirm each item.", "Confirm before disclosure.")                            \
    X(4036, CONTACT_REQUEST_INCOMPLETE, WARN, SENDER,                                              \
      "a contact request that cannot be answered well",                                            \
      "Recommendation 17: question, requester, reply-by or the outcome's date is missing.",        \
      "Complete it.", "Make the fields mandatory.")                                                \
    X(4037, SESSION_INCOMPLETE, WARN, SENDER,                                                      \
      "an early advice session that is not recorded whole",                                        \
      "Recommendation 18: date, attendees or advice is missing.", "Complete it.",                  \
      "Record the session when it ends.")                                                          \
    X(4038, NOT_ACKNOWLEDGED, WARN, RECEIVER, "a message that was not acknowledged in time",       \
      "The lifecycle expects the receiver's acknowledgement by then.", "Ask the receiver.",        \
      "Answer notices when they come.")                                                            \
    X(4039, NO_REASON_CODE, WARN, SENDER, "a decision without its reason",                         \
      "MG3: no prosecution needs a reason code.", "Add it.",                                       \
      "Make it mandatory for these decisions.")                                                    \
    X(4040, UNKNOWN_LANE, ERROR, SENDER, "a lane that is neither unredacted nor redacted",         \
      "Recommendation 15 knows two lanes.", "Label the document unredacted or redacted.",          \
      "Offer the two as a list.")                                                                  \
    X(4041, UNKNOWN_NECESSITY, WARN, SENDER, "a necessity code that is not agreed",                \
      "Recommendation 13: KWD or NKWD.", "Use one of them.", "Offer them as a list.")              \
    X(4100, CHECKLIST_REJECT, ERROR, SENDER,                                                       \
      "the file does not meet the checklist and is not taken",                                     \
      "A rule of the checklist in force is not met, and its severity for this type of case is "    \
      "reject: the triage of the CPS would return the file for it.",                               \
      "Do what the finding says and submit again. dcfctl checklist explain CODE tells the rule.",  \
      "Run dcfctl checklist run over the file before it is submitted.")                            \
    X(4101, CHECKLIST_HOLD, ERROR, SENDER, "the file does not meet the checklist and is held",     \
      "A rule of the checklist in force is not met, and its severity for this type of case is "    \
      "hold.",                                                                                     \
      "Do what the finding says and submit again. dcfctl checklist explain CODE tells the rule.",  \
      "Run dcfctl checklist run over the file before it is submitted.")                            \
    X(4102, CHECKLIST_WARN, WARN, SENDER, "the file does not meet a rule of the checklist",        \
      "A rule of the checklist in force is not met; for this type of case the file goes on, and "  \
      "the reviewing lawyer sees the finding.",                                                    \
      "Send what is missing. dcfctl checklist explain CODE tells the rule.",                       \
      "Run dcfctl checklist run over the file before it is submitted.")                            \
    X(4120, DEADLINE_NEAR, WARN, OPERATOR, "a time limit of the case ends soon",                   \
      "What would stop the clock has not come.",                                                   \
      "Send what stops it; the operator sees it by dcfctl clock explain URN.",                     \
      "Act on the first warning: the clocks and their warnings are in config/clocks.yaml.")        \
    X(4121, DEADLINE_MISSED, WARN, OPERATOR, "a time limit of the case was missed",                \
      "What would stop the clock had not come when it ended.",                                     \
      "See dcfctl clock explain URN. Whether the limit binds is for a lawyer: the broker only "    \
      "tells that it passed.",                                                                     \
      "Act on the warnings that come before it.")                                                  \
    X(4122, CALENDAR_ENDS, WARN, OPERATOR,                                                         \
      "a working day outside of the calendar of bank holidays",                                    \
      "config/bank-holidays.yaml does not cover a year that a clock counts through; weekends "     \
      "alone were left out.",                                                                      \
      "Add the year's bank holidays and its end to valid_until.",                                  \
      "Append each year when gov.uk publishes it.")                                                \
    X(4300, LINK_REGISTERED, ERROR, OPERATOR, "the link is registered and no more",                \
      "Nothing passes a link before it is in test.",                                               \
      "Set its stage to test when both sides are ready, and send again.",                          \
      "Agree the day with dcfctl onboarding show.")                                                \
    X(4301, REAL_ON_TEST_LINK, ERROR, SENDER, "a real message on a link in test",                  \
      "The link takes test messages only until it is in shadow or live.",                          \
      "Mark test messages as such; send real ones the way they go today.",                         \
      "Keep the live system from the link until its stage is shadow.")                             \
    X(4302, RECEIVER_NOT_READY, ERROR, OPERATOR, "the receiver's link does not take it yet",       \
      "The link is registered, or in test and the message is a real one.",                         \
      "Replay it when the link's stage allows it.",                                                \
      "Bring the receiver's link up before those of its senders.")                                 \
    X(4303, SHADOW_DIFFERENCE, WARN, ADAPTER, "a value differs from what came the old way",        \
      "The mapping, or the old way, alters it.",                                                   \
      "Correct the mapping, or list the field with its reason under explained of the onboarding "  \
      "criteria.",                                                                                 \
      "Run dcfctl map roundtrip over samples before shadow.")                                      \
    X(5001, RECEIVER_REFUSED, ERROR, SENDER, "the receiver refused the message",                   \
      "The receiving system answered that it will never take this message as it is.",              \
      "Correct the fields that the receiver named, then send or replay the message.",              \
      "Validate against the receiver's rules before sending.")                                     \
    X(5002, RECEIVER_AWAY, WARN, OPERATOR, "the receiver does not answer",                         \
      "Connections fail, time out or are answered with a server error.",                           \
      "Nothing: it is tried again.", "Agree maintenance windows.")                                 \
    X(5003, NOT_WRITABLE, ERROR, ADAPTER,                                                          \
      "the message cannot be written in the receiver's dialect",                                   \
      "A value has no form there; the faults beside this one say which.",                          \
      "Correct the mapping, then have the message sent again.", "Run dcfctl map roundtrip.")       \
    X(5004, TAKEN_OUT, ERROR, OPERATOR, "an operator took the message out of the queue",           \
      "Its receiver failed on it again and again, and its case waited behind it.",                 \
      "Replay it when the receiver takes it, or discard it; the job named here says who and why.", \
      "Have the receiver answer 4xx to what it will never take.")                                  \
    X(6001, UNKNOWN_LINK, ERROR, SENDER, "no such link", "The address names no configured link.",  \
      "Use the link's name as registered.", "Check the address with the operator.")                \
    X(6002, NOT_AUTHORISED, ERROR, SENDER, "the link's credentials are missing or wrong",          \
      "The bearer token is not the link's.", "Send the link's token.",                             \
      "Rotate tokens on both sides together.")                                                     \
    X(6003, WRONG_MEDIA_TYPE, ERROR, SENDER, "the media type is not the link's",                   \
      "The link's dialect is XML or JSON and the Content-Type says another.", "Set Content-Type.", \
      "Set it in the client once.")                                                                \
    X(6004, TOO_BUSY, WARN, SENDER, "too many messages at once",                                   \
      "The link's window is full until Kafka confirms what is in it.",                             \
      "Wait as Retry-After says and send again.", "Send with less concurrency.")                   \
    X(6005, UNSAFE_FILE, ERROR, SENDER, "not a plain file",                                        \
      "A link, folder or device lies in the spool folder.", "Write plain files.",                  \
      "Write under a temporary name and rename.")                                                  \
    X(6006, NOTHING_HERE, ERROR, SENDER, "nothing is at this address",                             \
      "The gateway has no such path, or knows no message of this id yet.",                         \
      "POST to /v1/links/LINK/messages, GET /v1/messages/ID.",                                     \
      "Ask for a message at the Location that answered it.")                                       \
    X(6101, ALREADY_ACTED, WARN, OPERATOR, "what was held has been acted upon",                    \
      "Another word of an operator on the same held record came first.",                           \
      "Nothing: look at the case's timeline for what was done.",                                   \
      "Look at held list before asking again.")                                                    \
    X(6102, DISCARDED, ERROR, SENDER, "the message was held, and an operator ended it",            \
      "A person decided that it will not go on.",                                                  \
      "Ask the operator of the exchange, and send it anew if it is still due.",                    \
      "Answer held receipts before they are acted upon.")                                          \
    X(6103, SEQUENCE_GAP, ERROR, OPERATOR, "deliveries of a case are missing",                     \
      "A later delivery was told and these numbers before it never were: records were lost.",      \
      "Find the numbers in the case's timeline (routed) and have those messages sent again.",      \
      "Keep three replicas, and never delete records of dcf topics by hand.")                      \
    X(6104, SEQUENCE_CLASH, ERROR, OPERATOR, "two deliveries of a case under one number",          \
      "A record was written twice, or by another hand than the exchange's.",                       \
      "Compare the receiver's copy with the case's timeline.",                                     \
      "Let nobody but dcfd write to dcf topics.")                                                  \
    X(6105, NO_MESSAGE, ERROR, OPERATOR, "a record on a topic of dcf that is no message",          \
      "It was damaged, or written by another hand than dcfd's.",                                   \
      "Its id says topic, partition and offset: find out who wrote it there, and discard it.",     \
      "Let nobody but dcfd write to dcf topics.")                                                  \
    X(6106, CASE_UNREADABLE, ERROR, OPERATOR, "the kept state of the case cannot be read",         \
      "The newest record of the case on dcf.case was damaged, or written by another hand.",        \
      "Write the last good record of the case to that partition of dcf.case again, start the "     \
      "daemon anew, then replay what is held of the case.",                                        \
      "Let nobody but dcfd write to dcf topics.")                                                  \
    X(7001, MAPPING, ERROR, ADAPTER, "the mapping file has a mistake",                             \
      "The text beside this code says which.", "Correct the mapping at the line given.",           \
      "Run dcfctl map lint.")                                                                      \
    X(7002, UNREACHABLE, WARN, ADAPTER, "something of the mapping that nothing reaches",           \
      "An earlier message or alternative takes everything this one is for.",                       \
      "Tell the two apart by \"where\", or mark one \"only: read\".", "Run dcfctl map lint.")      \
    X(7003, NOT_INVERTIBLE, WARN, ADAPTER, "a value that is read and never written",               \
      "The row is only read and no other row writes its canonical field.",                         \
      "Add a row that writes it, or drop_canonical with a reason.",                                \
      "Run dcfctl map roundtrip with samples.")                                                    \
    X(7004, MAY_OVERFLOW, WARN, ADAPTER, "a value that may be too long for the other side",        \
      "What is read, or a code that is written, can have more characters than \"max\" there.",     \
      "State the same \"max\", or declare \"truncate: true\".",                                    \
      "Run dcfctl map lint --against the other side's dialect.")                                   \
    X(7005, UNUSED, WARN, ADAPTER, "something of the mapping that nothing uses",                   \
      "A code table, or a list under \"define\", has no row that names it.",                       \
      "Use it or delete it.", "Run dcfctl map lint.")                                              \
    X(7006, BAD_DEFAULT, ERROR, ADAPTER, "a default that its own row would refuse",                \
      "It is no value of the codec or code table, or longer than \"max\".",                        \
      "Write a native value that the row reads.", "Run dcfctl map lint.")                          \
    X(7007, CODE_HIDDEN, WARN, ADAPTER, "codes that mean one thing only when read",                \
      "An earlier row of the table has the same code for the same days.",                          \
      "Nothing, if it is meant; else give both rows days, or delete one.", "Run dcfctl map lint.") \
    X(7008, VALUE_WITHOUT_CODE, WARN, ADAPTER, "canonical values that have no code",               \
      "Writing a message with such a value is refused (2007).",                                    \
      "Add the codes, or a row with canonical \"*\".",                                             \
      "Compare the table with the enum in proto/dcf/v1.")                                          \
    X(7009, ANY_TEXT, WARN, ADAPTER, "a text that the other side writes as a number",              \
      "The row reads whatever stands there, and the other dialect can write only a number.",       \
      "Read it with \"as: integer\" or \"as: number\".",                                           \
      "Run dcfctl map lint --against the other side's dialect.")

#endif
