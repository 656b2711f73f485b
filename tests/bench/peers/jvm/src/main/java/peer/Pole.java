// An investigation: Jackson's streaming reader, an object a method.
package peer;

import static peer.Check.coded;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dcf.v1.Case.*;
import dcf.v1.EnvelopeOuterClass.Envelope;
import dcf.v1.EnvelopeOuterClass.Native;
import dcf.v1.MaterialOuterClass.*;
import dcf.v1.OffenceOuterClass.*;
import dcf.v1.PersonOuterClass.*;
import java.io.IOException;
import java.util.Map;

final class Pole {
    private static final Map<String, Gender> GENDERS = Map.ofEntries(
        Map.entry("GNDR_0000", Gender.GENDER_NOT_KNOWN),
        Map.entry("GNDR_0001", Gender.GENDER_MALE),
        Map.entry("GNDR_0002", Gender.GENDER_FEMALE),
        Map.entry("GNDR_0009", Gender.GENDER_NOT_SPECIFIED));
    private static final Map<String, Initiation> INITIATIONS = Map.ofEntries(
        Map.entry("INIT_C", Initiation.INITIATION_CHARGE),
        Map.entry("INIT_J", Initiation.INITIATION_SJP),
        Map.entry("INIT_Q", Initiation.INITIATION_REQUISITION),
        Map.entry("INIT_S", Initiation.INITIATION_SUMMONS));
    private static final Map<String, SubmissionKind> KINDS = Map.ofEntries(
        Map.entry("SBTP_CHARGED", SubmissionKind.SUBMISSION_KIND_CHARGED),
        Map.entry("SBTP_PRECHARGE", SubmissionKind.SUBMISSION_KIND_PRE_CHARGE),
        Map.entry("SBTP_UPGRADE", SubmissionKind.SUBMISSION_KIND_UPGRADE));
    private static final Map<String, OffenceDateCode> DATE_CODES = Map.ofEntries(
        Map.entry("ODTC_1", OffenceDateCode.OFFENCE_DATE_CODE_ON_OR_IN),
        Map.entry("ODTC_2", OffenceDateCode.OFFENCE_DATE_CODE_BEFORE),
        Map.entry("ODTC_3", OffenceDateCode.OFFENCE_DATE_CODE_AFTER),
        Map.entry("ODTC_4", OffenceDateCode.OFFENCE_DATE_CODE_BETWEEN),
        Map.entry("ODTC_5", OffenceDateCode.OFFENCE_DATE_CODE_ON_OR_ABOUT),
        Map.entry("ODTC_6", OffenceDateCode.OFFENCE_DATE_CODE_ON_OR_BEFORE));
    private static final Map<String, String> CATEGORIES = Map.ofEntries(
        Map.entry("OFCT_EITHERWAY", "Either Way"),
        Map.entry("OFCT_INDICTABLE", "Indictable Only"),
        Map.entry("OFCT_SUMMARY", "Summary Only"));
    private static final Map<String, String> LANGUAGES = Map.ofEntries(
        Map.entry("LANG_CY", "W"),
        Map.entry("LANG_EN", "E"));
    private static final Map<String, String> PLEAS = Map.ofEntries(
        Map.entry("PLEA_G", "guilty"),
        Map.entry("PLEA_NG", "notGuilty"),
        Map.entry("PLEA_NK", "notKnown"));
    private static final Map<String, String> OBSERVED = Map.ofEntries(
        Map.entry("ETHO_0", "0"),
        Map.entry("ETHO_1", "1"),
        Map.entry("ETHO_2", "2"),
        Map.entry("ETHO_3", "3"),
        Map.entry("ETHO_4", "4"),
        Map.entry("ETHO_5", "5"),
        Map.entry("ETHO_6", "6"),
        Map.entry("ETHO_7", "7"),
        Map.entry("ETHO_8", "8"),
        Map.entry("ETHO_9", "9"));
    private static final Map<String, String> ETHNICITIES = Map.ofEntries(
        Map.entry("ESDD_W1", "W1"),
        Map.entry("ESDD_W2", "W2"),
        Map.entry("ESDD_W9", "W9"),
        Map.entry("ESDD_M1", "M1"),
        Map.entry("ESDD_M2", "M2"),
        Map.entry("ESDD_M3", "M3"),
        Map.entry("ESDD_M9", "M9"),
        Map.entry("ESDD_A1", "A1"),
        Map.entry("ESDD_A2", "A2"),
        Map.entry("ESDD_A3", "A3"),
        Map.entry("ESDD_A9", "A9"),
        Map.entry("ESDD_B1", "B1"),
        Map.entry("ESDD_B2", "B2"),
        Map.entry("ESDD_B9", "B9"),
        Map.entry("ESDD_O1", "O1"),
        Map.entry("ESDD_O9", "O9"),
        Map.entry("ESDD_NS", "NS"));
    private static final JsonFactory FACTORY = JsonFactory.builder().build().enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);

    private final JsonParser json;

    private Pole(JsonParser json) {
        this.json = json;
    }

    private interface Member {
        void read(String name) throws IOException;
    }

    private static IOException unknown(String name) {
        return new IOException(name + " does not belong here");
    }

    private void want(JsonToken token) throws IOException {
        if (json.currentToken() != token) throw unknown("a value of another kind");
    }

    /* The object that begins here; member reads one value each. */
    private void object(Member member) throws IOException {
        want(JsonToken.START_OBJECT);
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            json.nextToken();
            member.read(name);
        }
    }

    private void list(Member item) throws IOException {
        want(JsonToken.START_ARRAY);
        while (json.nextToken() != JsonToken.END_ARRAY) item.read("item");
    }

    private String text() throws IOException {
        want(JsonToken.VALUE_STRING);
        return json.getText();
    }

    private String number() throws IOException {
        want(JsonToken.VALUE_NUMBER_INT);
        return json.getText();
    }

    private boolean truth() throws IOException {
        return json.getBooleanValue();
    }

    private <T> T code(Map<String, T> table) throws IOException {
        return coded(table, text());
    }

    private void name(PersonName.Builder n) throws IOException {
        object(name -> {
            switch (name) {
                case "title" -> n.setTitle(text());
                case "givenName1" -> n.setGivenName1(text());
                case "givenName2" -> n.setGivenName2(text());
                case "givenName3" -> n.setGivenName3(text());
                case "familyName" -> n.setFamilyName(text());
                case "suffix" -> n.setSuffix(text());
                default -> throw unknown(name);
            }
        });
    }

    private void address(Address.Builder a) throws IOException {
        object(name -> {
            switch (name) {
                case "secondaryAddressableObject" -> a.setSecondaryObject(text());
                case "primaryAddressableObject" -> a.setPrimaryObject(text());
                case "streetDescription" -> a.setStreet(text());
                case "usrn" -> a.setStreetReference(text());
                case "locality" -> a.setLocality(text());
                case "town" -> a.setTown(text());
                case "administrativeArea" -> a.setAdministrativeArea(text());
                case "postTown" -> a.setPostTown(text());
                case "postcode" -> a.setPostcode(text());
                case "uprn" -> a.setPropertyReference(text());
                case "country" -> a.setCountry(text());
                default -> throw unknown(name);
            }
        });
    }

    private void contact(Contact.Builder c) throws IOException {
        object(name -> {
            switch (name) {
                case "telephoneBusiness" -> c.setTelephoneBusiness(Check.phone(text()));
                case "telephoneHome" -> c.setTelephoneHome(Check.phone(text()));
                case "telephoneMobile" -> c.setTelephoneMobile(Check.phone(text()));
                case "fax" -> c.setFax(Check.phone(text()));
                case "email1" -> c.setEmail1(Check.email(text()));
                case "email2" -> c.setEmail2(Check.email(text()));
                default -> throw unknown(name);
            }
        });
    }

    private void person(Person.Builder p) throws IOException {
        object(name -> {
            switch (name) {
                case "personId" -> p.setSourceId(text());
                case "name" -> name(p.getNameBuilder());
                case "aliases" -> list(i -> name(p.addAliasesBuilder()));
                case "dateOfBirth" -> p.setBirthDate(Check.date(text()));
                case "perceivedBirthYear" -> p.setPerceivedBirthYear(text());
                case "gender" -> p.setGender(code(GENDERS));
                case "nationality" -> p.setNationality(text());
                case "observedEthnicity" -> p.setObservedEthnicity(code(OBSERVED));
                case "selfDefinedEthnicity" -> p.setSelfDefinedEthnicity(code(ETHNICITIES));
                case "occupationCode" -> p.setOccupationCode(text());
                case "occupation" -> p.setOccupation(text());
                case "address" -> address(p.getAddressBuilder());
                case "contact" -> contact(p.getContactBuilder());
                case "documentationLanguage" -> p.setDocumentationLanguage(code(LANGUAGES));
                case "hearingLanguage" -> p.setHearingLanguage(code(LANGUAGES));
                case "languageNeeds" -> p.setLanguageNeeds(text());
                case "specialNeeds" -> p.setSpecialNeeds(text());
                default -> throw unknown(name);
            }
        });
    }

    private void victim(Victim.Builder v) throws IOException {
        object(name -> {
            switch (name) {
                case "role" -> v.setRole(text());
                case "person" -> person(v.getPersonBuilder());
                default -> throw unknown(name);
            }
        });
    }

    private void offence(Offence.Builder o) throws IOException {
        object(name -> {
            switch (name) {
                case "offenceId" -> o.setSourceId(text());
                case "sequenceNumber" -> o.setSequenceNumber(number());
                case "cjsCode" -> o.setCode(Check.offence(text()));
                case "wording" -> o.setWording(text());
                case "category" -> o.setCategory(code(CATEGORIES));
                case "dateCode" -> o.setDateCode(code(DATE_CODES));
                case "startDate" -> o.setStartDate(Check.date(text()));
                case "startTime" -> o.setStartTime(Check.time(text()));
                case "endDate" -> o.setEndDate(Check.date(text()));
                case "endTime" -> o.setEndTime(Check.time(text()));
                case "chargeDate" -> o.setChargeDate(Check.date(text()));
                case "arrestDate" -> o.setArrestDate(Check.date(text()));
                case "location" -> o.setLocation(text());
                case "facts" -> o.setFacts(text());
                case "victims" -> list(i -> victim(o.addVictimsBuilder()));
                default -> throw unknown(name);
            }
        });
    }

    private void defendant(Defendant.Builder d) throws IOException {
        object(name -> {
            switch (name) {
                case "nominal" -> person(d.getPersonBuilder());
                case "asn" -> d.setAsn(Check.asn(text()));
                case "pncId" -> d.setPncId(Check.pnc(text()));
                case "offenderCode" -> d.setOffenderCode(text());
                case "custodyStatus" -> d.setCustodyStatus(text());
                case "custodyReference" -> d.setCustodyReference(text());
                case "bailConditions" -> d.setBailConditions(text());
                case "bailDate" -> d.setBailDate(Check.date(text()));
                case "offences" -> list(i -> offence(d.addOffencesBuilder()));
                default -> throw unknown(name);
            }
        });
    }

    private void worker(Worker.Builder w) throws IOException {
        object(name -> {
            switch (name) {
                case "name" -> name(w.getNameBuilder());
                case "rank" -> w.setRank(text());
                case "workerReference" -> w.setReference(text());
                case "shoulderNumber" -> w.setShoulderNumber(text());
                case "locationCode" -> w.setLocationCode(text());
                case "station" -> w.setStation(text());
                case "role" -> w.setRole(text());
                case "address" -> address(w.getAddressBuilder());
                case "contact" -> contact(w.getContactBuilder());
                default -> throw unknown(name);
            }
        });
    }

    private void material(Material.Builder m) throws IOException {
        object(name -> {
            switch (name) {
                case "title" -> m.setTitle(text());
                case "documentType" -> m.setDocumentType(text());
                case "classification" -> m.setClassification(text());
                case "materialType" -> m.setMaterialType(text());
                case "reference" -> m.setReference(text());
                case "fileName" -> m.setFileName(text());
                case "mediaType" -> m.setMediaType(text());
                case "sha256" -> m.setSha256(text());
                case "size" -> m.setSize(number());
                case "href" -> m.setHref(text());
                case "lane" -> m.setLane(text());
                default -> throw unknown(name);
            }
        });
    }

    private void hearing(Hearing.Builder h) throws IOException {
        object(name -> {
            switch (name) {
                case "courtOuCode" -> h.setCourtOuCode(Check.ou(text()));
                case "date" -> h.setDate(Check.date(text()));
                case "time" -> h.setTime(Check.time(text()));
                default -> throw unknown(name);
            }
        });
    }

    private void submission(CaseSubmission.Builder c) throws IOException {
        object(name -> {
            switch (name) {
                case "submissionType" -> c.setKind(code(KINDS));
                case "urn" -> c.setUrn(Check.urn(text()));
                case "originatingOrganisation" -> c.setOriginatingOrganisation(Check.ou(text()));
                case "policeUnit" -> c.setPoliceUnit(text());
                case "initiation" -> c.setInitiation(code(INITIATIONS));
                case "summonsCode" -> c.setSummonsCode(text());
                case "informant" -> c.setInformant(text());
                case "cpsOrganisation" -> c.setCpsOrganisation(Check.ou(text()));
                case "caseMarker" -> c.setCaseMarker(text());
                case "initialHearing" -> hearing(c.getInitialHearingBuilder());
                case "anticipatedPlea" -> c.setAnticipatedPlea(code(PLEAS));
                case "domesticAbuse" -> c.setDomesticAbuse(truth());
                case "monitoringCodes" -> list(i -> c.addMonitoringCodes(text()));
                default -> throw unknown(name);
            }
        });
    }

    /* An item of `included`: what it is stands first. */
    private void item(CaseSubmission.Builder c) throws IOException {
        String[] kind = {"", ""};
        object(name -> {
            switch (name) {
                case "type" -> kind[0] = text();
                case "id" -> kind[1] = text();
                case "attributes" -> {
                    switch (kind[0]) {
                        case "person" -> defendant(c.addDefendantsBuilder().setSourceId(kind[1]));
                        case "document" -> material(c.addDocumentsBuilder().setMaterialId(kind[1]));
                        case "officerInCase" -> worker(c.getOfficerInCaseBuilder());
                        default -> throw unknown(kind[0]);
                    }
                }
                default -> throw unknown(name);
            }
        });
    }

    private void meta(Envelope.Builder e) throws IOException {
        object(name -> {
            switch (name) {
                case "modelVersion" -> text();
                case "messageId" -> e.setSourceMessageId(text());
                case "correlationId" -> e.setCorrelationId(text());
                case "created" -> e.setSentAt(Check.dateTime(text()));
                case "forceIdentifier" -> e.setForce(text());
                case "sender" -> e.getSourceBuilder().setParty(text());
                case "sourceSystem" -> e.getSourceBuilder().setSystem(text());
                case "sourceUnit" -> e.getSourceBuilder().setUnit(text());
                case "dataController" -> e.getSourceBuilder().setDataController(text());
                case "user" -> e.getSourceBuilder().setUser(text());
                case "recipient" -> e.getDestinationBuilder().setParty(text());
                case "transactionMode" -> e.setTest(code(Map.of("live", false, "test", true)));
                default -> throw unknown(name);
            }
        });
    }

    private void data(Envelope.Builder e) throws IOException {
        object(name -> {
            switch (name) {
                case "type" -> code(Map.of("investigation", true));
                case "id" -> e.getNativeBuilder().setReference(text());
                case "attributes" -> submission(e.getCaseSubmissionBuilder());
                default -> throw unknown(name);
            }
        });
    }

    static Envelope read(byte[] document) throws IOException {
        try (JsonParser json = FACTORY.createParser(document)) {
            var pole = new Pole(json);
            var e = Envelope.newBuilder().setSchemaVersion(1).setNative(Native.newBuilder().setDialect("pole")
                .setMappingVersion("1").setMessage("investigation").setMediaType("application/vnd.api+json")
                .setSize(document.length));
            json.nextToken();
            pole.object(name -> {
                switch (name) {
                    case "meta" -> pole.meta(e);
                    case "data" -> pole.data(e);
                    case "included" -> pole.list(i -> pole.item(e.getCaseSubmissionBuilder()));
                    default -> throw unknown(name);
                }
            });
            if (json.nextToken() != null || e.getCaseSubmission().getUrn().isEmpty()) throw unknown("more or less");
            return e.build();
        }
    }
}
