// NewCaseMessage: StAX (Woodstox), an element a method.
package peer;

import static peer.Check.coded;

import com.ctc.wstx.stax.WstxInputFactory;
import dcf.v1.Case.*;
import dcf.v1.EnvelopeOuterClass.Envelope;
import dcf.v1.EnvelopeOuterClass.Native;
import dcf.v1.OffenceOuterClass.*;
import dcf.v1.PersonOuterClass.*;
import java.io.ByteArrayInputStream;
import java.util.Map;
import java.util.function.UnaryOperator;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

final class Spi {
    private static final String LIBRA = "http://www.dca.gov.uk/xmlschemas/libra";
    private static final String BS7666 = "http://www.govtalk.gov.uk/people/bs7666";
    private static final Map<String, Initiation> INITIATIONS = Map.ofEntries(
        Map.entry("C", Initiation.INITIATION_CHARGE),
        Map.entry("J", Initiation.INITIATION_SJP),
        Map.entry("Q", Initiation.INITIATION_REQUISITION),
        Map.entry("R", Initiation.INITIATION_REQUISITION),
        Map.entry("S", Initiation.INITIATION_SUMMONS));
    private static final Map<String, Gender> GENDERS = Map.ofEntries(
        Map.entry("0", Gender.GENDER_NOT_KNOWN),
        Map.entry("1", Gender.GENDER_MALE),
        Map.entry("2", Gender.GENDER_FEMALE),
        Map.entry("9", Gender.GENDER_NOT_SPECIFIED));
    private static final Map<String, OffenceDateCode> DATE_CODES = Map.ofEntries(
        Map.entry("1", OffenceDateCode.OFFENCE_DATE_CODE_ON_OR_IN),
        Map.entry("2", OffenceDateCode.OFFENCE_DATE_CODE_BEFORE),
        Map.entry("3", OffenceDateCode.OFFENCE_DATE_CODE_AFTER),
        Map.entry("4", OffenceDateCode.OFFENCE_DATE_CODE_BETWEEN),
        Map.entry("5", OffenceDateCode.OFFENCE_DATE_CODE_ON_OR_ABOUT),
        Map.entry("6", OffenceDateCode.OFFENCE_DATE_CODE_ON_OR_BEFORE));
    private static final Map<String, String> LANGUAGES = Map.ofEntries(
        Map.entry("E", "E"),
        Map.entry("W", "W"),
        Map.entry("cy", "W"),
        Map.entry("en", "E"));
    private static final WstxInputFactory FACTORY = new WstxInputFactory();

    static {
        FACTORY.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        FACTORY.setProperty(XMLInputFactory.IS_COALESCING, true);
    }

    private final XMLStreamReader xml;

    private Spi(XMLStreamReader xml) {
        this.xml = xml;
    }

    /* The name of the next child element of namespace ns; null at the parent's end. */
    private String child(String ns) throws XMLStreamException {
        if (xml.nextTag() == XMLStreamReader.END_ELEMENT) return null;
        if (!ns.equals(xml.getNamespaceURI())) throw new XMLStreamException("another namespace");
        return xml.getLocalName();
    }

    private static XMLStreamException unknown(String name) {
        return new XMLStreamException(name + " does not belong here");
    }

    private String raw() throws XMLStreamException {
        return xml.getElementText();
    }

    private String value(int max) throws XMLStreamException {
        return Check.shorter(raw().strip(), max);
    }

    private String by(UnaryOperator<String> check) throws XMLStreamException {
        String text = raw();
        return text.isBlank() ? "" : check.apply(text);
    }

    private <T> T code(Map<String, T> table) throws XMLStreamException {
        return coded(table, raw());
    }

    private PersonName.Builder name() throws XMLStreamException {
        var n = PersonName.newBuilder();
        for (String name; (name = child(LIBRA)) != null;) {
            switch (name) {
                case "PersonTitle" -> n.setTitle(value(35));
                case "PersonGivenName1" -> n.setGivenName1(value(35));
                case "PersonGivenName2" -> n.setGivenName2(value(35));
                case "PersonGivenName3" -> n.setGivenName3(value(35));
                case "PersonFamilyName" -> n.setFamilyName(value(35));
                default -> throw unknown(name);
            }
        }
        return n;
    }

    private Address.Builder address() throws XMLStreamException {
        var a = Address.newBuilder();
        for (String name; (name = child(BS7666)) != null;) {
            switch (name) {
                case "SAON" -> a.setSecondaryObject(raw());
                case "PAON" -> a.setPrimaryObject(raw());
                case "StreetDescription" -> a.setStreet(collapse(value(100)));
                case "UniqueStreetReferenceNumber" -> a.setStreetReference(value(8));
                case "Locality" -> a.setLocality(value(35));
                case "Town" -> a.setTown(value(30));
                case "AdministrativeArea" -> a.setAdministrativeArea(value(30));
                case "PostTown" -> a.setPostTown(value(30));
                case "PostCode" -> a.setPostcode(value(8));
                case "UniquePropertyReferenceNumber" -> a.setPropertyReference(value(12));
                default -> throw unknown(name);
            }
        }
        return a;
    }

    private static String collapse(String s) {
        var out = new StringBuilder(s.length());
        boolean gap = false;
        for (int i = 0; i < s.length(); i++) {
            char c = s.charAt(i);
            boolean space = c == ' ' || c == '\t' || c == '\n' || c == '\r';
            if (!space || !gap) out.append(space ? ' ' : c);
            gap = space;
        }
        return out.toString();
    }

    private void contact(Contact.Builder c) throws XMLStreamException {
        for (String name; (name = child(LIBRA)) != null;) {
            switch (name) {
                case "TelephoneNumberBusiness" -> c.setTelephoneBusiness(by(Check::phone));
                case "TelephoneNumberHome" -> c.setTelephoneHome(by(Check::phone));
                case "TelephoneNumberMobile" -> c.setTelephoneMobile(by(Check::phone));
                case "EmailAddress1" -> c.setEmail1(by(Check::email));
                case "EmailAddress2" -> c.setEmail2(by(Check::email));
                default -> throw unknown(name);
            }
        }
    }

    private void details(Person.Builder p) throws XMLStreamException {
        for (String name; (name = child(LIBRA)) != null;) {
            switch (name) {
                case "PersonName" -> p.setName(name());
                case "TelephoneDetails", "EmailDetails" -> contact(p.getContactBuilder());
                case "Birthdate" -> p.setBirthDate(by(Check::date));
                case "Gender" -> p.setGender(code(GENDERS));
                default -> throw unknown(name);
            }
        }
    }

    private void ethnicity(Person.Builder p) throws XMLStreamException {
        for (String name; (name = child(LIBRA)) != null;) {
            switch (name) {
                case "ObservedEthnicity" -> p.setObservedEthnicity(value(1));
                case "SelfDefinedEthnicity" -> p.setSelfDefinedEthnicity(value(2));
                default -> throw unknown(name);
            }
        }
    }

    private void languages(Person.Builder p) throws XMLStreamException {
        for (String name; (name = child(LIBRA)) != null;) {
            switch (name) {
                case "DocumentationLanguage" -> p.setDocumentationLanguage(code(LANGUAGES));
                case "HearingLanguage" -> p.setHearingLanguage(code(LANGUAGES));
                default -> throw unknown(name);
            }
        }
    }

    private void personDefendant(Defendant.Builder d, Person.Builder p) throws XMLStreamException {
        for (String name; (name = child(LIBRA)) != null;) {
            switch (name) {
                case "BasePersonDetails" -> details(p);
                case "PNCidentifier" -> d.setPncId(by(Check::pnc));
                case "PersonStatedNationality" -> p.setNationality(value(3));
                case "BailConditions" -> d.setBailConditions(value(2500));
                default -> throw unknown(name);
            }
        }
    }

    private void individual(Defendant.Builder d, Person.Builder p) throws XMLStreamException {
        for (String name; (name = child(LIBRA)) != null;) {
            switch (name) {
                case "PersonDefendant" -> personDefendant(d, p);
                case "Address" -> p.setAddress(address());
                case "PersonEthnicity" -> ethnicity(p);
                case "OccupationCode" -> p.setOccupationCode(value(5));
                case "Occupation" -> p.setOccupation(value(54));
                case "OffenderCode" -> d.setOffenderCode(value(3));
                case "CustodyStatus" -> d.setCustodyStatus(value(1));
                case "LanguageOptions" -> languages(p);
                case "LanguageNeeds" -> p.setLanguageNeeds(value(150));
                case "SpecialNeeds" -> p.setSpecialNeeds(value(80));
                case "Alias" -> p.addAliases(name());
                default -> throw unknown(name);
            }
        }
    }

    private void moment(Offence.Builder o) throws XMLStreamException {
        for (String name; (name = child(LIBRA)) != null;) {
            switch (name) {
                case "OffenceDateStartDate" -> o.setStartDate(by(Check::date));
                case "OffenceStartTime" -> o.setStartTime(by(Check::time));
                case "OffenceEndDate" -> o.setEndDate(by(Check::date));
                case "OffenceEndTime" -> o.setEndTime(by(Check::time));
                default -> throw unknown(name);
            }
        }
    }

    private void timing(Offence.Builder o) throws XMLStreamException {
        for (String name; (name = child(LIBRA)) != null;) {
            switch (name) {
                case "OffenceDateCode" -> o.setDateCode(code(DATE_CODES));
                case "OffenceStart", "OffenceEnd" -> moment(o);
                default -> throw unknown(name);
            }
        }
    }

    private void offenceDetails(Offence.Builder o) throws XMLStreamException {
        for (String name; (name = child(LIBRA)) != null;) {
            switch (name) {
                case "OffenceSequenceNumber" -> o.setSequenceNumber(by(Check::integer));
                case "OffenceCode" -> o.setCode(by(Check::offence));
                case "OffenceWording" -> o.setWording(value(2500));
                case "OffenceTiming" -> timing(o);
                case "ChargeDate" -> o.setChargeDate(by(Check::date));
                case "ArrestDate" -> o.setArrestDate(by(Check::date));
                case "LocationOfOffence" -> o.setLocation(value(80));
                default -> throw unknown(name);
            }
        }
        if (o.getCode().isEmpty()) throw unknown("an offence without code");
    }

    private Person.Builder victim() throws XMLStreamException {
        var p = Person.newBuilder();
        for (String name; (name = child(LIBRA)) != null;) {
            switch (name) {
                case "PersonDetails" -> p.setName(name());
                case "Address" -> p.setAddress(address());
                case "TelephoneDetails", "EmailDetails" -> contact(p.getContactBuilder());
                case "Birthdate" -> p.setBirthDate(by(Check::date));
                case "Gender" -> p.setGender(code(GENDERS));
                case "PersonEthnicity" -> ethnicity(p);
                default -> throw unknown(name);
            }
        }
        return p;
    }

    private Offence.Builder offence() throws XMLStreamException {
        var o = Offence.newBuilder();
        for (String name; (name = child(LIBRA)) != null;) {
            switch (name) {
                case "BaseOffenceDetails" -> offenceDetails(o);
                case "ProsecutionFacts" -> o.setFacts(value(4000));
                case "OtherPartyVictim" -> o.addVictims(Victim.newBuilder().setPerson(victim()));
                default -> throw unknown(name);
            }
        }
        return o;
    }

    private Defendant.Builder defendant() throws XMLStreamException {
        var d = Defendant.newBuilder();
        for (String name; (name = child(LIBRA)) != null;) {
            switch (name) {
                case "ProsecutorReference" -> d.setAsn(by(Check::asn));
                case "PoliceIndividualDefendant" -> individual(d, d.getPersonBuilder());
                case "Offence" -> d.addOffences(offence());
                default -> throw unknown(name);
            }
        }
        if (d.getOffencesCount() == 0) throw unknown("a defendant without offence");
        return d;
    }

    private Hearing.Builder hearing() throws XMLStreamException {
        var h = Hearing.newBuilder();
        for (String name; (name = child(LIBRA)) != null;) {
            switch (name) {
                case "CourtHearingLocation" -> h.setCourtOuCode(by(Check::ou));
                case "DateOfHearing" -> h.setDate(by(Check::date));
                case "TimeOfHearing" -> h.setTime(by(Check::time));
                default -> throw unknown(name);
            }
        }
        return h;
    }

    private Worker.Builder officer() throws XMLStreamException {
        var w = Worker.newBuilder();
        for (String name; (name = child(LIBRA)) != null;) {
            switch (name) {
                case "OfficerName" -> w.setName(name());
                case "PoliceOfficerRank" -> w.setRank(value(35));
                case "PoliceWorkerReferenceNumber" -> w.setReference(value(15));
                case "PoliceWorkerLocationCode" -> w.setLocationCode(by(Check::ou));
                case "StructuredAddress" -> w.setAddress(address());
                case "TelephoneDetails", "EmailDetails" -> contact(w.getContactBuilder());
                default -> throw unknown(name);
            }
        }
        return w;
    }

    private void submission(CaseSubmission.Builder c) throws XMLStreamException {
        for (String name; (name = child(LIBRA)) != null;) {
            switch (name) {
                case "PTIURN" -> c.setUrn(by(Check::urn));
                case "OriginatingOrganisation" -> c.setOriginatingOrganisation(by(Check::ou));
                case "CaseInitiation" -> c.setInitiation(code(INITIATIONS));
                case "SummonsCode" -> c.setSummonsCode(value(1));
                case "Informant" -> c.setInformant(value(92));
                case "CPSorganisation" -> c.setCpsOrganisation(by(Check::ou));
                case "CaseMarker" -> c.setCaseMarker(value(10));
                case "InitialHearing" -> c.setInitialHearing(hearing());
                case "OtherPartyOfficerInCase" -> c.setOfficerInCase(officer());
                case "Defendant" -> c.addDefendants(defendant());
                default -> throw unknown(name);
            }
        }
        if (c.getUrn().isEmpty() || c.getDefendantsCount() == 0) throw unknown("an incomplete case");
    }

    private void checkRoot() throws XMLStreamException {
        Map<String, String> wanted = Map.of("Flow", "NewCasesFromThePolice", "Interface", "LibraStandardProsecutorPolice",
            "SchemaVersion", "0.6g");
        for (int i = 0; i < xml.getAttributeCount(); i++)
            if (!xml.getAttributeValue(i).equals(wanted.get(xml.getAttributeLocalName(i)))) throw unknown("an attribute");
    }

    static Envelope read(byte[] document) throws XMLStreamException {
        var spi = new Spi(FACTORY.createXMLStreamReader(new ByteArrayInputStream(document)));
        if (!"NewCaseMessage".equals(spi.child(LIBRA))) throw unknown("another message");
        spi.checkRoot();
        var e = Envelope.newBuilder().setSchemaVersion(1).setNative(Native.newBuilder().setDialect("spi")
            .setMappingVersion("1").setMessage("NewCaseMessage").setMediaType("application/xml").setSize(document.length));
        for (String name; (name = spi.child(LIBRA)) != null;) {
            if (!name.equals("Case") || e.hasCaseSubmission()) throw unknown(name);
            spi.submission(e.getCaseSubmissionBuilder().setKind(SubmissionKind.SUBMISSION_KIND_CHARGED));
        }
        while (spi.xml.hasNext()) spi.xml.next();
        spi.xml.close();
        return e.build();
    }
}
