// An investigation: serde_json's streaming reader, an object a `fill`, straight into the messages.
use crate::check::*;
use crate::dcf::*;
use crate::dcf::envelope as body_of;
use crate::{envelope, Read};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::Deserialize;
use std::borrow::Cow;
use std::fmt;

const GENDERS: &[(&str, Gender)] = &[
    ("GNDR_0000", Gender::NotKnown),
    ("GNDR_0001", Gender::Male),
    ("GNDR_0002", Gender::Female),
    ("GNDR_0009", Gender::NotSpecified),
];
const INITIATIONS: &[(&str, Initiation)] = &[
    ("INIT_C", Initiation::Charge),
    ("INIT_J", Initiation::Sjp),
    ("INIT_Q", Initiation::Requisition),
    ("INIT_S", Initiation::Summons),
];
const KINDS: &[(&str, SubmissionKind)] = &[
    ("SBTP_CHARGED", SubmissionKind::Charged),
    ("SBTP_PRECHARGE", SubmissionKind::PreCharge),
    ("SBTP_UPGRADE", SubmissionKind::Upgrade),
];
const DATE_CODES: &[(&str, OffenceDateCode)] = &[
    ("ODTC_1", OffenceDateCode::OnOrIn),
    ("ODTC_2", OffenceDateCode::Before),
    ("ODTC_3", OffenceDateCode::After),
    ("ODTC_4", OffenceDateCode::Between),
    ("ODTC_5", OffenceDateCode::OnOrAbout),
    ("ODTC_6", OffenceDateCode::OnOrBefore),
];
const CATEGORIES: &[(&str, &str)] = &[
    ("OFCT_EITHERWAY", "Either Way"),
    ("OFCT_INDICTABLE", "Indictable Only"),
    ("OFCT_SUMMARY", "Summary Only"),
];
const LANGUAGES: &[(&str, &str)] = &[("LANG_CY", "W"), ("LANG_EN", "E")];
const PLEAS: &[(&str, &str)] =
    &[("PLEA_G", "guilty"), ("PLEA_NG", "notGuilty"), ("PLEA_NK", "notKnown")];
const OBSERVED: &[(&str, &str)] = &[
    ("ETHO_0", "0"), ("ETHO_1", "1"), ("ETHO_2", "2"), ("ETHO_3", "3"), ("ETHO_4", "4"),
    ("ETHO_5", "5"), ("ETHO_6", "6"), ("ETHO_7", "7"), ("ETHO_8", "8"), ("ETHO_9", "9"),
];
const ETHNICITIES: &[(&str, &str)] = &[
    ("ESDD_W1", "W1"), ("ESDD_W2", "W2"), ("ESDD_W9", "W9"), ("ESDD_M1", "M1"), ("ESDD_M2", "M2"),
    ("ESDD_M3", "M3"), ("ESDD_M9", "M9"), ("ESDD_A1", "A1"), ("ESDD_A2", "A2"), ("ESDD_A3", "A3"),
    ("ESDD_A9", "A9"), ("ESDD_B1", "B1"), ("ESDD_B2", "B2"), ("ESDD_B9", "B9"), ("ESDD_O1", "O1"),
    ("ESDD_O9", "O9"), ("ESDD_NS", "NS"),
];

/// A text, borrowed from the document where it has no escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// What takes an object member by member.
trait Fill {
    fn fill<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error>;
}

struct Object<'x, T>(&'x mut T);

impl<'de, T: Fill> DeserializeSeed<'de> for Object<'_, T> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<(), D::Error> {
        d.deserialize_map(self)
    }
}

impl<'de, T: Fill> Visitor<'de> for Object<'_, T> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Text(key)) = map.next_key()? {
            self.0.fill(&key, &mut map)?;
        }
        Ok(())
    }
}

struct List<F>(F);

impl<'de, T: Fill + Default> DeserializeSeed<'de> for List<&mut Vec<T>> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<(), D::Error> {
        d.deserialize_seq(self)
    }
}

impl<'de, T: Fill + Default> Visitor<'de> for List<&mut Vec<T>> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a list")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let mut item = T::default();
        while seq.next_element_seed(Object(&mut item))?.is_some() {
            self.0.push(std::mem::take(&mut item));
        }
        Ok(())
    }
}

fn set<E: Error>(to: &mut String, value: Cow<str>) -> Result<(), E> {
    if !to.is_empty() {
        return Err(E::custom("a value stands twice"));
    }
    *to = value.into_owned();
    Ok(())
}

fn text<'de, A: MapAccess<'de>>(map: &mut A, to: &mut String) -> Result<(), A::Error> {
    let Text(value) = map.next_value()?;
    set(to, value)
}

fn by<'de, A: MapAccess<'de>>(
    map: &mut A,
    to: &mut String,
    check: fn(&str) -> Read<&str>,
) -> Result<(), A::Error> {
    let Text(value) = map.next_value()?;
    set(to, Cow::Borrowed(check(&value).map_err(A::Error::custom)?))
}

fn code<'de, A: MapAccess<'de>, T: Copy>(map: &mut A, table: &[(&str, T)]) -> Result<T, A::Error> {
    let Text(value) = map.next_value()?;
    coded(table, &value).map_err(A::Error::custom)
}

fn coded_text<'de, A: MapAccess<'de>>(
    map: &mut A,
    to: &mut String,
    table: &[(&str, &str)],
) -> Result<(), A::Error> {
    set(to, Cow::Borrowed(code(map, table)?))
}

fn number<'de, A: MapAccess<'de>>(map: &mut A, to: &mut String) -> Result<(), A::Error> {
    set(to, Cow::Owned(map.next_value::<u64>()?.to_string()))
}

fn object<'de, A: MapAccess<'de>, T: Fill + Default>(
    map: &mut A,
    to: &mut Option<T>,
) -> Result<(), A::Error> {
    if to.is_some() {
        return Err(A::Error::custom("an object stands twice"));
    }
    map.next_value_seed(Object(to.get_or_insert_default()))
}

fn unknown<E: Error>(key: &str) -> Result<(), E> {
    Err(E::custom(format!("{key} is not known")))
}

impl Fill for PersonName {
    fn fill<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "title" => text(map, &mut self.title),
            "givenName1" => text(map, &mut self.given_name_1),
            "givenName2" => text(map, &mut self.given_name_2),
            "givenName3" => text(map, &mut self.given_name_3),
            "familyName" => text(map, &mut self.family_name),
            "suffix" => text(map, &mut self.suffix),
            _ => unknown(key),
        }
    }
}

impl Fill for Address {
    fn fill<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "secondaryAddressableObject" => text(map, &mut self.secondary_object),
            "primaryAddressableObject" => text(map, &mut self.primary_object),
            "streetDescription" => text(map, &mut self.street),
            "usrn" => text(map, &mut self.street_reference),
            "locality" => text(map, &mut self.locality),
            "town" => text(map, &mut self.town),
            "administrativeArea" => text(map, &mut self.administrative_area),
            "postTown" => text(map, &mut self.post_town),
            "postcode" => text(map, &mut self.postcode),
            "uprn" => text(map, &mut self.property_reference),
            "country" => text(map, &mut self.country),
            _ => unknown(key),
        }
    }
}

impl Fill for Contact {
    fn fill<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "telephoneBusiness" => by(map, &mut self.telephone_business, phone),
            "telephoneHome" => by(map, &mut self.telephone_home, phone),
            "telephoneMobile" => by(map, &mut self.telephone_mobile, phone),
            "fax" => by(map, &mut self.fax, phone),
            "email1" => by(map, &mut self.email_1, email),
            "email2" => by(map, &mut self.email_2, email),
            _ => unknown(key),
        }
    }
}

impl Fill for Person {
    fn fill<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "personId" => text(map, &mut self.source_id),
            "name" => object(map, &mut self.name),
            "aliases" => map.next_value_seed(List(&mut self.aliases)),
            "dateOfBirth" => by(map, &mut self.birth_date, date),
            "perceivedBirthYear" => text(map, &mut self.perceived_birth_year),
            "gender" => Ok(self.gender = code(map, GENDERS)? as i32),
            "nationality" => text(map, &mut self.nationality),
            "observedEthnicity" => coded_text(map, &mut self.observed_ethnicity, OBSERVED),
            "selfDefinedEthnicity" => {
                coded_text(map, &mut self.self_defined_ethnicity, ETHNICITIES)
            }
            "occupationCode" => text(map, &mut self.occupation_code),
            "occupation" => text(map, &mut self.occupation),
            "address" => object(map, &mut self.address),
            "contact" => object(map, &mut self.contact),
            "documentationLanguage" => {
                coded_text(map, &mut self.documentation_language, LANGUAGES)
            }
            "hearingLanguage" => coded_text(map, &mut self.hearing_language, LANGUAGES),
            "languageNeeds" => text(map, &mut self.language_needs),
            "specialNeeds" => text(map, &mut self.special_needs),
            _ => unknown(key),
        }
    }
}

impl Fill for Victim {
    fn fill<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "role" => text(map, &mut self.role),
            "person" => object(map, &mut self.person),
            _ => unknown(key),
        }
    }
}

impl Fill for Offence {
    fn fill<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "offenceId" => text(map, &mut self.source_id),
            "sequenceNumber" => number(map, &mut self.sequence_number),
            "cjsCode" => by(map, &mut self.code, offence),
            "wording" => text(map, &mut self.wording),
            "category" => coded_text(map, &mut self.category, CATEGORIES),
            "dateCode" => Ok(self.date_code = code(map, DATE_CODES)? as i32),
            "startDate" => by(map, &mut self.start_date, date),
            "startTime" => by(map, &mut self.start_time, time),
            "endDate" => by(map, &mut self.end_date, date),
            "endTime" => by(map, &mut self.end_time, time),
            "chargeDate" => by(map, &mut self.charge_date, date),
            "arrestDate" => by(map, &mut self.arrest_date, date),
            "location" => text(map, &mut self.location),
            "facts" => text(map, &mut self.facts),
            "victims" => map.next_value_seed(List(&mut self.victims)),
            _ => unknown(key),
        }
    }
}

impl Fill for Defendant {
    fn fill<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "nominal" => object(map, &mut self.person),
            "asn" => by(map, &mut self.asn, asn),
            "pncId" => by(map, &mut self.pnc_id, pnc),
            "offenderCode" => text(map, &mut self.offender_code),
            "custodyStatus" => text(map, &mut self.custody_status),
            "custodyReference" => text(map, &mut self.custody_reference),
            "bailConditions" => text(map, &mut self.bail_conditions),
            "bailDate" => by(map, &mut self.bail_date, date),
            "offences" => map.next_value_seed(List(&mut self.offences)),
            _ => unknown(key),
        }
    }
}

impl Fill for Worker {
    fn fill<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "name" => object(map, &mut self.name),
            "rank" => text(map, &mut self.rank),
            "workerReference" => text(map, &mut self.reference),
            "shoulderNumber" => text(map, &mut self.shoulder_number),
            "locationCode" => text(map, &mut self.location_code),
            "station" => text(map, &mut self.station),
            "role" => text(map, &mut self.role),
            "address" => object(map, &mut self.address),
            "contact" => object(map, &mut self.contact),
            _ => unknown(key),
        }
    }
}

impl Fill for Material {
    fn fill<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "title" => text(map, &mut self.title),
            "documentType" => text(map, &mut self.document_type),
            "classification" => text(map, &mut self.classification),
            "materialType" => text(map, &mut self.material_type),
            "reference" => text(map, &mut self.reference),
            "fileName" => text(map, &mut self.file_name),
            "mediaType" => text(map, &mut self.media_type),
            "sha256" => text(map, &mut self.sha256),
            "size" => number(map, &mut self.size),
            "href" => text(map, &mut self.href),
            "lane" => text(map, &mut self.lane),
            _ => unknown(key),
        }
    }
}

impl Fill for Hearing {
    fn fill<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "courtOuCode" => by(map, &mut self.court_ou_code, ou),
            "date" => by(map, &mut self.date, date),
            "time" => by(map, &mut self.time, time),
            _ => unknown(key),
        }
    }
}

impl Fill for CaseSubmission {
    fn fill<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "submissionType" => Ok(self.kind = code(map, KINDS)? as i32),
            "urn" => by(map, &mut self.urn, urn),
            "originatingOrganisation" => by(map, &mut self.originating_organisation, ou),
            "policeUnit" => text(map, &mut self.police_unit),
            "initiation" => Ok(self.initiation = code(map, INITIATIONS)? as i32),
            "summonsCode" => text(map, &mut self.summons_code),
            "informant" => text(map, &mut self.informant),
            "cpsOrganisation" => by(map, &mut self.cps_organisation, ou),
            "caseMarker" => text(map, &mut self.case_marker),
            "initialHearing" => object(map, &mut self.initial_hearing),
            "anticipatedPlea" => coded_text(map, &mut self.anticipated_plea, PLEAS),
            "domesticAbuse" => Ok(self.domestic_abuse = map.next_value()?),
            "monitoringCodes" => Ok(self.monitoring_codes = map.next_value()?),
            _ => unknown(key),
        }
    }
}

/// An item of `included`: what it is stands first.
#[derive(Default)]
struct Item {
    kind: String,
    id: String,
    person: Option<Defendant>,
    document: Option<Material>,
    officer: Option<Worker>,
}

impl Fill for Item {
    fn fill<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match (key, self.kind.as_str()) {
            ("type", _) => text(map, &mut self.kind),
            ("id", _) => text(map, &mut self.id),
            ("attributes", "person") => object(map, &mut self.person),
            ("attributes", "document") => object(map, &mut self.document),
            ("attributes", "officerInCase") => object(map, &mut self.officer),
            _ => unknown(key),
        }
    }
}

struct Items<'x>(&'x mut CaseSubmission);

impl<'de> DeserializeSeed<'de> for Items<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<(), D::Error> {
        d.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Items<'_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a list")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let mut item = Item::default();
        while seq.next_element_seed(Object(&mut item))?.is_some() {
            let Item { id, person, document, officer, .. } = std::mem::take(&mut item);
            if let Some(d) = person {
                self.0.defendants.push(Defendant { source_id: id, ..d });
            } else if let Some(m) = document {
                self.0.documents.push(Material { material_id: id, ..m });
            } else if officer.is_some() {
                self.0.officer_in_case = officer;
            } else {
                return Err(A::Error::custom("an item of no kind"));
            }
        }
        Ok(())
    }
}

struct Meta<'x>(&'x mut Envelope);

impl Fill for Meta<'_> {
    fn fill<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        let source = self.0.source.get_or_insert_default();
        match key {
            "modelVersion" => map.next_value::<Text>().map(|_| ()),
            "messageId" => text(map, &mut self.0.source_message_id),
            "correlationId" => text(map, &mut self.0.correlation_id),
            "created" => by(map, &mut self.0.sent_at, date_time),
            "forceIdentifier" => text(map, &mut self.0.force),
            "sender" => text(map, &mut source.party),
            "sourceSystem" => text(map, &mut source.system),
            "sourceUnit" => text(map, &mut source.unit),
            "dataController" => text(map, &mut source.data_controller),
            "user" => text(map, &mut source.user),
            "recipient" => {
                text(map, &mut self.0.destination.get_or_insert_default().party)
            }
            "transactionMode" => {
                Ok(self.0.test = code(map, &[("live", false), ("test", true)])?)
            }
            _ => unknown(key),
        }
    }
}

struct Data<'x>(&'x mut Envelope, &'x mut CaseSubmission);

impl Fill for Data<'_> {
    fn fill<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "type" => code(map, &[("investigation", ())]),
            "id" => text(map, &mut self.0.native.get_or_insert_default().reference),
            "attributes" => map.next_value_seed(Object(self.1)),
            _ => unknown(key),
        }
    }
}

struct Document(Envelope, CaseSubmission);

impl Fill for Document {
    fn fill<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "meta" => map.next_value_seed(Object(&mut Meta(&mut self.0))),
            "data" => map.next_value_seed(Object(&mut Data(&mut self.0, &mut self.1))),
            "included" => map.next_value_seed(Items(&mut self.1)),
            _ => unknown(key),
        }
    }
}

pub fn read(document: &[u8]) -> Read<Envelope> {
    let start = envelope("pole", "investigation", "application/vnd.api+json", document.len());
    let mut d = Document(start, CaseSubmission::default());
    let mut json = serde_json::Deserializer::from_slice(document);
    Object(&mut d).deserialize(&mut json)?;
    json.end()?;
    if d.1.urn.is_empty() || d.1.kind == 0 {
        return Err("incomplete".into());
    }
    d.0.body = Some(body_of::Body::CaseSubmission(d.1));
    Ok(d.0)
}
