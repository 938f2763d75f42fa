"""People and organisations of the demonstration. All are invented; no real organisation has a ZZ code."""

from random import Random
from typing import NamedTuple, TypeVar
from uuid import UUID

from domain.career_events import PayFramework, Profession
from domain.values import Id, PersonId

N = TypeVar("N", bound=Id)


def _names(text: str) -> list[str]:
    return text.split()


FIRST = _names("""
    Abigail Adeola Aisha Alan Amara Anders Anjali Beatrix Bethan Bronwen Callum Catriona Chidi Clare Daniel Deepa Dermot
    Edith Eilidh Emeka Esther Farah Fergus Fiona Gareth Gita Grace Hamish Hannah Harriet Helga Idris Imogen Ines Isaac
    Jasmin Jonah Joyce Kamal Keira Kofi Leena Lewis Lorna Magda Malik Margaret Mei Miriam Nadia Neil Nia Olumide Owen
    Parveen Philippa Quentin Rajesh Rhian Rosalind Samir Sian Tamsin Thandi Tomasz Ursula Vikram Winifred Yasmin Zofia
""")

LAST = _names("""
    Abbotsleigh Ahmadi Aldersey Arkwright Balogun Barnstaple Bellweather Birchall Brackenbury Castellane
    Chaudhry Coldham Copperwheat Dacosta Dunmore Eastaugh Edevane Ellingworth Fairlamb Farnaby Fenwright
    Gilderoy Goldhanger Greatorex Habib Halloran Harkaway Hazelrigg Hinchcliffe Huxtable Ingleby Iwobi Jessamy
    Kaczmarek Kingswell Kirkbride Lanyon Larkhill Lovelace Mackellar Mbeki Merriweather Mistry Mossop Narayan
    Netherby Nwosu Oakhanger Okonkwo Ormerod Pargeter Pattinson Penhaligon Quartermain Ravensdale Redmayne
    Rothery Sandringham Satterthwaite Sharma Sorensen Standish Tanqueray Thistlewood Trelawney Underhill
    Vanbrugh Wetherall Wolstenholme Yardley
""")


class Post(NamedTuple):
    """A job: the profession, its qualification, the framework it is paid in, and the steps from entry upwards."""

    profession: Profession
    qualification: str
    framework: PayFramework
    steps: tuple[str, ...]


_AFC, _TRAINING = PayFramework.AGENDA_FOR_CHANGE, PayFramework.MEDICAL_TRAINING
_BANDS = ("7", "8a", "8b")
POSTS = (
    Post(Profession.NURSE, "BSc Nursing", _AFC, _BANDS),
    Post(Profession.NURSE, "BSc Mental Health Nursing", _AFC, ("6", "7", "8a")),
    Post(Profession.MIDWIFE, "BSc Midwifery", _AFC, _BANDS),
    Post(Profession.SCIENTIST, "MSc Clinical Science", _AFC, _BANDS),
    Post(Profession.DIETITIAN, "BSc Dietetics", _AFC, ("6", "7", "8a")),
    Post(Profession.OCCUPATIONAL_THERAPIST, "BSc Occupational Therapy", _AFC, ("6", "7", "8a")),
    Post(Profession.PHYSIOTHERAPIST, "BSc Physiotherapy", _AFC, _BANDS),
    Post(Profession.SPEECH_AND_LANGUAGE_THERAPIST, "BSc Speech and Language Therapy", _AFC, ("6", "7", "8a")),
    Post(Profession.RADIOGRAPHER, "BSc Radiography", _AFC, _BANDS),
    Post(Profession.PARAMEDIC, "DipHE Paramedic Practice", _AFC, ("6", "7", "8a")),
    Post(Profession.PHARMACIST, "MPharm", _AFC, ("8a", "8b", "8c")),
    Post(Profession.MANAGER, "MA Management", _AFC, ("8a", "8b", "8c")),
    Post(Profession.DOCTOR_IN_TRAINING, "MB ChB", _TRAINING, ("ST4", "ST5", "ST6")),
    Post(Profession.SPECIALTY_DOCTOR, "MB BCh", PayFramework.MEDICAL_CAREER, ("specialty doctor", "specialist")),
    Post(Profession.GENERAL_PRACTITIONER, "MB BS", PayFramework.GENERAL_PRACTICE, ("salaried", "partner")),
)


class Organisation(NamedTuple):
    """An employer that releases fellows."""

    code: str
    name: str
    county: str


ORGANISATIONS = (
    Organisation("ZZA01", "Fenland Acute NHS Foundation Trust", "Cambridgeshire"),
    Organisation("ZZA02", "Broadwater General Hospitals NHS Trust", "Norfolk"),
    Organisation("ZZA03", "Orwell Vale University Hospital NHS Foundation Trust", "Suffolk"),
    Organisation("ZZA04", "Three Rivers Teaching Hospitals NHS Trust", "Hertfordshire"),
    Organisation("ZZA05", "Blackwater Coast NHS Foundation Trust", "Essex"),
    Organisation("ZZC01", "Iceni Community Health NHS Trust", "Norfolk"),
    Organisation("ZZC02", "Chiltern Edge Community NHS Trust", "Bedfordshire"),
    Organisation("ZZM01", "Saltmarsh Mental Health NHS Foundation Trust", "Essex"),
    Organisation("ZZE01", "Eastern Shires Ambulance Service NHS Trust", "Suffolk"),
    Organisation("ZZG01", "Marram Street Surgery", "Norfolk"),
    Organisation("ZZH01", "Larkspur Hospice", "Hertfordshire"),
)


class Someone(NamedTuple):
    """An invented person."""

    id: PersonId
    name: str
    email: str
    organisation: Organisation
    gender: str
    age_band: str
    ethnicity: str
    post: Post


def identifier(random: Random, of: type[N]) -> N:
    """An identifier that looks random and is the same in every demonstration."""
    return of(UUID(int=random.getrandbits(128), version=4))


def people(random: Random, number: int) -> list[Someone]:
    """So many people, no two of one name."""
    pairs = random.sample(range(len(FIRST) * len(LAST)), number)
    return [_someone(random, FIRST[pair % len(FIRST)], LAST[pair // len(FIRST)]) for pair in pairs]


def _someone(random: Random, first: str, last: str) -> Someone:
    organisation = random.choice(ORGANISATIONS)
    return Someone(
        id=identifier(random, PersonId),
        name=f"{first} {last}",
        email=f"{first}.{last}@{organisation.code}.example".lower(),
        organisation=organisation,
        gender=random.choices(("F", "M", "not said"), (64, 33, 3))[0],
        age_band=random.choices(("25-34", "35-44", "45-54", "55-64"), (28, 41, 25, 6))[0],
        ethnicity=random.choices(("White", "Asian", "Black", "Mixed", "not said"), (68, 15, 9, 4, 4))[0],
        post=random.choice(POSTS),
    )


TOPICS = (
    "Sepsis six within the hour",
    "Falls on the wards at night",
    "Pressure ulcers in the community",
    "Medicines reconciled within a day",
    "Discharge before noon",
    "Acute kidney injury seen early",
    "First theatre case on time",
    "Post-partum haemorrhage",
    "Contaminated blood cultures",
    "Missed clinic appointments",
    "Screening for dementia",
    "Handover at the weekend",
    "Errors in phlebotomy",
    "Waiting for a first appointment",
)
"""What improvement projects are about."""
