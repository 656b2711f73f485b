// NewCaseMessage: quick-xml's namespace reader, an element a function.
use crate::check::*;
use crate::dcf::*;
use crate::dcf::envelope as body_of;
use crate::{envelope, Read};
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult::{Bound, Unbound};
use quick_xml::reader::NsReader;

const LIBRA: &[u8] = b"http://www.dca.gov.uk/xmlschemas/libra";
const BS7666: &[u8] = b"http://www.govtalk.gov.uk/people/bs7666";
const INITIATIONS: &[(&str, Initiation)] = &[
    ("C", Initiation::Charge),
    ("J", Initiation::Sjp),
    ("Q", Initiation::Requisition),
    ("R", Initiation::Requisition),
    ("S", Initiation::Summons),
];
const GENDERS: &[(&str, Gender)] = &[
    ("0", Gender::NotKnown),
    ("1", Gender::Male),
    ("2", Gender::Female),
    ("9", Gender::NotSpecified),
];
const DATE_CODES: &[(&str, OffenceDateCode)] = &[
    ("1", OffenceDateCode::OnOrIn),
    ("2", OffenceDateCode::Before),
    ("3", OffenceDateCode::After),
    ("4", OffenceDateCode::Between),
    ("5", OffenceDateCode::OnOrAbout),
    ("6", OffenceDateCode::OnOrBefore),
];
const LANGUAGES: &[(&str, &str)] = &[("E", "E"), ("W", "W"), ("cy", "W"), ("en", "E")];

struct Spi<'a> {
    xml: NsReader<&'a [u8]>,
    text: String,
}

impl<'a> Spi<'a> {
    /// The next child element of namespace ns; None at the parent's end.
    fn child(&mut self, ns: &[u8]) -> Read<Option<BytesStart<'a>>> {
        loop {
            match self.xml.read_resolved_event()? {
                (Bound(found), Event::Start(e)) if found.0 == ns => return Ok(Some(e)),
                (_, Event::End(_)) => return Ok(None),
                (_, Event::Text(t)) if t.iter().all(u8::is_ascii_whitespace) => {}
                (_, Event::Decl(_)) | (_, Event::Comment(_)) | (_, Event::PI(_)) => {}
                (_, e) => return Err(format!("{e:?} does not belong here").into()),
            }
        }
    }

    /// The text of the element that is open; taken to its end.
    fn raw(&mut self) -> Read<&str> {
        self.text.clear();
        loop {
            match self.xml.read_event()? {
                Event::Text(t) => self.text.push_str(&t.unescape()?),
                Event::CData(t) => self.text.push_str(std::str::from_utf8(&t)?),
                Event::End(_) => return Ok(&self.text),
                Event::Comment(_) | Event::PI(_) => {}
                e => return Err(format!("{e:?} in a value").into()),
            }
        }
    }

    fn value(&mut self, max: usize) -> Read<String> {
        Ok(short(self.raw()?.trim(), max)?.to_owned())
    }

    fn by(&mut self, check: fn(&str) -> Read<&str>) -> Read<String> {
        let text = self.raw()?;
        Ok(if text.trim().is_empty() { String::new() } else { check(text)?.to_owned() })
    }

    fn code<T: Copy>(&mut self, table: &[(&str, T)]) -> Read<T> {
        coded(table, self.raw()?)
    }

    fn name(&mut self) -> Read<PersonName> {
        let mut n = PersonName::default();
        while let Some(e) = self.child(LIBRA)? {
            match e.local_name().as_ref() {
                b"PersonTitle" => n.title = self.value(35)?,
                b"PersonGivenName1" => n.given_name_1 = self.value(35)?,
                b"PersonGivenName2" => n.given_name_2 = self.value(35)?,
                b"PersonGivenName3" => n.given_name_3 = self.value(35)?,
                b"PersonFamilyName" => n.family_name = self.value(35)?,
                _ => return Err("name".into()),
            }
        }
        Ok(n)
    }

    fn address(&mut self) -> Read<Address> {
        let mut a = Address::default();
        while let Some(e) = self.child(BS7666)? {
            match e.local_name().as_ref() {
                b"SAON" => a.secondary_object = self.raw()?.to_owned(),
                b"PAON" => a.primary_object = self.raw()?.to_owned(),
                b"StreetDescription" => {
                    let text = self.value(100)?;
                    a.street = text.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
                }
                b"UniqueStreetReferenceNumber" => a.street_reference = self.value(8)?,
                b"Locality" => a.locality = self.value(35)?,
                b"Town" => a.town = self.value(30)?,
                b"AdministrativeArea" => a.administrative_area = self.value(30)?,
                b"PostTown" => a.post_town = self.value(30)?,
                b"PostCode" => a.postcode = self.value(8)?,
                b"UniquePropertyReferenceNumber" => a.property_reference = self.value(12)?,
                _ => return Err("address".into()),
            }
        }
        Ok(a)
    }

    fn contact(&mut self, c: &mut Contact) -> Read<()> {
        while let Some(e) = self.child(LIBRA)? {
            match e.local_name().as_ref() {
                b"TelephoneNumberBusiness" => c.telephone_business = self.by(phone)?,
                b"TelephoneNumberHome" => c.telephone_home = self.by(phone)?,
                b"TelephoneNumberMobile" => c.telephone_mobile = self.by(phone)?,
                b"EmailAddress1" => c.email_1 = self.by(email)?,
                b"EmailAddress2" => c.email_2 = self.by(email)?,
                _ => return Err("contact".into()),
            }
        }
        Ok(())
    }

    fn person_details(&mut self, p: &mut Person) -> Read<()> {
        while let Some(e) = self.child(LIBRA)? {
            match e.local_name().as_ref() {
                b"PersonName" => p.name = Some(self.name()?),
                b"TelephoneDetails" | b"EmailDetails" => {
                    self.contact(p.contact.get_or_insert_default())?
                }
                b"Birthdate" => p.birth_date = self.by(date)?,
                b"Gender" => p.gender = self.code(GENDERS)? as i32,
                _ => return Err("person details".into()),
            }
        }
        Ok(())
    }

    fn ethnicity(&mut self, p: &mut Person) -> Read<()> {
        while let Some(e) = self.child(LIBRA)? {
            match e.local_name().as_ref() {
                b"ObservedEthnicity" => p.observed_ethnicity = self.value(1)?,
                b"SelfDefinedEthnicity" => p.self_defined_ethnicity = self.value(2)?,
                _ => return Err("ethnicity".into()),
            }
        }
        Ok(())
    }

    fn person_defendant(&mut self, d: &mut Defendant, p: &mut Person) -> Read<()> {
        while let Some(e) = self.child(LIBRA)? {
            match e.local_name().as_ref() {
                b"BasePersonDetails" => self.person_details(p)?,
                b"PNCidentifier" => d.pnc_id = self.by(pnc)?,
                b"PersonStatedNationality" => p.nationality = self.value(3)?,
                b"BailConditions" => d.bail_conditions = self.value(2500)?,
                _ => return Err("person defendant".into()),
            }
        }
        Ok(())
    }

    fn individual(&mut self, d: &mut Defendant) -> Read<()> {
        let mut p = Person::default();
        while let Some(e) = self.child(LIBRA)? {
            match e.local_name().as_ref() {
                b"PersonDefendant" => self.person_defendant(d, &mut p)?,
                b"Address" => p.address = Some(self.address()?),
                b"PersonEthnicity" => self.ethnicity(&mut p)?,
                b"OccupationCode" => p.occupation_code = self.value(5)?,
                b"Occupation" => p.occupation = self.value(54)?,
                b"OffenderCode" => d.offender_code = self.value(3)?,
                b"CustodyStatus" => d.custody_status = self.value(1)?,
                b"LanguageOptions" => {
                    while let Some(e) = self.child(LIBRA)? {
                        let language = self.code(LANGUAGES)?.to_owned();
                        match e.local_name().as_ref() {
                            b"DocumentationLanguage" => p.documentation_language = language,
                            b"HearingLanguage" => p.hearing_language = language,
                            _ => return Err("language".into()),
                        }
                    }
                }
                b"LanguageNeeds" => p.language_needs = self.value(150)?,
                b"SpecialNeeds" => p.special_needs = self.value(80)?,
                b"Alias" => p.aliases.push(self.name()?),
                _ => return Err("individual".into()),
            }
        }
        d.person = Some(p);
        Ok(())
    }

    fn timing(&mut self, o: &mut Offence) -> Read<()> {
        while let Some(e) = self.child(LIBRA)? {
            match e.local_name().as_ref() {
                b"OffenceDateCode" => o.date_code = self.code(DATE_CODES)? as i32,
                b"OffenceStart" | b"OffenceEnd" => {
                    while let Some(e) = self.child(LIBRA)? {
                        match e.local_name().as_ref() {
                            b"OffenceDateStartDate" => o.start_date = self.by(date)?,
                            b"OffenceStartTime" => o.start_time = self.by(time)?,
                            b"OffenceEndDate" => o.end_date = self.by(date)?,
                            b"OffenceEndTime" => o.end_time = self.by(time)?,
                            _ => return Err("timing".into()),
                        }
                    }
                }
                _ => return Err("timing".into()),
            }
        }
        Ok(())
    }

    fn offence_details(&mut self, o: &mut Offence) -> Read<()> {
        while let Some(e) = self.child(LIBRA)? {
            match e.local_name().as_ref() {
                b"OffenceSequenceNumber" => o.sequence_number = self.by(integer)?,
                b"OffenceCode" => o.code = self.by(offence)?,
                b"OffenceWording" => o.wording = self.value(2500)?,
                b"OffenceTiming" => self.timing(o)?,
                b"ChargeDate" => o.charge_date = self.by(date)?,
                b"ArrestDate" => o.arrest_date = self.by(date)?,
                b"LocationOfOffence" => o.location = self.value(80)?,
                _ => return Err("offence details".into()),
            }
        }
        if o.code.is_empty() { Err("no offence code".into()) } else { Ok(()) }
    }

    fn victim(&mut self) -> Read<Victim> {
        let mut p = Person::default();
        while let Some(e) = self.child(LIBRA)? {
            match e.local_name().as_ref() {
                b"PersonDetails" => p.name = Some(self.name()?),
                b"Address" => p.address = Some(self.address()?),
                b"TelephoneDetails" | b"EmailDetails" => {
                    self.contact(p.contact.get_or_insert_default())?
                }
                b"Birthdate" => p.birth_date = self.by(date)?,
                b"Gender" => p.gender = self.code(GENDERS)? as i32,
                b"PersonEthnicity" => self.ethnicity(&mut p)?,
                _ => return Err("victim".into()),
            }
        }
        Ok(Victim { person: Some(p), ..Default::default() })
    }

    fn offence(&mut self) -> Read<Offence> {
        let mut o = Offence::default();
        while let Some(e) = self.child(LIBRA)? {
            match e.local_name().as_ref() {
                b"BaseOffenceDetails" => self.offence_details(&mut o)?,
                b"ProsecutionFacts" => o.facts = self.value(4000)?,
                b"OtherPartyVictim" => o.victims.push(self.victim()?),
                _ => return Err("offence".into()),
            }
        }
        Ok(o)
    }

    fn defendant(&mut self) -> Read<Defendant> {
        let mut d = Defendant::default();
        while let Some(e) = self.child(LIBRA)? {
            match e.local_name().as_ref() {
                b"ProsecutorReference" => d.asn = self.by(asn)?,
                b"PoliceIndividualDefendant" => self.individual(&mut d)?,
                b"Offence" => d.offences.push(self.offence()?),
                _ => return Err("defendant".into()),
            }
        }
        if d.offences.is_empty() { Err("no offence".into()) } else { Ok(d) }
    }

    fn hearing(&mut self) -> Read<Hearing> {
        let mut h = Hearing::default();
        while let Some(e) = self.child(LIBRA)? {
            match e.local_name().as_ref() {
                b"CourtHearingLocation" => h.court_ou_code = self.by(ou)?,
                b"DateOfHearing" => h.date = self.by(date)?,
                b"TimeOfHearing" => h.time = self.by(time)?,
                _ => return Err("hearing".into()),
            }
        }
        Ok(h)
    }

    fn officer(&mut self) -> Read<Worker> {
        let mut w = Worker::default();
        while let Some(e) = self.child(LIBRA)? {
            match e.local_name().as_ref() {
                b"OfficerName" => w.name = Some(self.name()?),
                b"PoliceOfficerRank" => w.rank = self.value(35)?,
                b"PoliceWorkerReferenceNumber" => w.reference = self.value(15)?,
                b"PoliceWorkerLocationCode" => w.location_code = self.by(ou)?,
                b"StructuredAddress" => w.address = Some(self.address()?),
                b"TelephoneDetails" | b"EmailDetails" => {
                    self.contact(w.contact.get_or_insert_default())?
                }
                _ => return Err("officer".into()),
            }
        }
        Ok(w)
    }

    fn case(&mut self) -> Read<CaseSubmission> {
        let mut c = CaseSubmission { kind: SubmissionKind::Charged as i32, ..Default::default() };
        while let Some(e) = self.child(LIBRA)? {
            match e.local_name().as_ref() {
                b"PTIURN" => c.urn = self.by(urn)?,
                b"OriginatingOrganisation" => c.originating_organisation = self.by(ou)?,
                b"CaseInitiation" => c.initiation = self.code(INITIATIONS)? as i32,
                b"SummonsCode" => c.summons_code = self.value(1)?,
                b"Informant" => c.informant = self.value(92)?,
                b"CPSorganisation" => c.cps_organisation = self.by(ou)?,
                b"CaseMarker" => c.case_marker = self.value(10)?,
                b"InitialHearing" => c.initial_hearing = Some(self.hearing()?),
                b"OtherPartyOfficerInCase" => c.officer_in_case = Some(self.officer()?),
                b"Defendant" => c.defendants.push(self.defendant()?),
                _ => return Err("case".into()),
            }
        }
        if c.urn.is_empty() || c.defendants.is_empty() { Err("incomplete".into()) } else { Ok(c) }
    }
}

fn check_root(root: &BytesStart, xml: &NsReader<&[u8]>) -> Read<()> {
    for a in root.attributes() {
        let a = a?;
        let good = match (xml.resolve_attribute(a.key), a.value.as_ref()) {
            ((Unbound, name), value) => match name.as_ref() {
                b"Flow" => value == b"NewCasesFromThePolice",
                b"Interface" => value == b"LibraStandardProsecutorPolice",
                b"SchemaVersion" => value == b"0.6g",
                _ => a.key.as_namespace_binding().is_some(),
            },
            _ => a.key.as_namespace_binding().is_some(),
        };
        if !good {
            return Err("root attribute".into());
        }
    }
    Ok(())
}

pub fn read(document: &[u8]) -> Read<Envelope> {
    let text = std::str::from_utf8(document)?;
    let mut spi = Spi { xml: NsReader::from_str(text), text: String::new() };
    spi.xml.config_mut().expand_empty_elements = true;
    let root = spi.child(LIBRA)?.ok_or("no root")?;
    if root.local_name().as_ref() != b"NewCaseMessage" {
        return Err("another message".into());
    }
    check_root(&root, &spi.xml)?;
    let mut e = envelope("spi", "NewCaseMessage", "application/xml", document.len());
    while let Some(child) = spi.child(LIBRA)? {
        if child.local_name().as_ref() != b"Case" || e.body.is_some() {
            return Err("not a case".into());
        }
        e.body = Some(body_of::Body::CaseSubmission(spi.case()?));
    }
    match spi.xml.read_event()? {
        Event::Eof => Ok(e),
        _ => Err("something after the root".into()),
    }
}
