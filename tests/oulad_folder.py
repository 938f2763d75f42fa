"""A small folder in the format of the Open University data, with every oddity of the real one; tests change it."""

from collections.abc import Mapping
from pathlib import Path

HEADERS = {
    "courses.csv": "code_module,code_presentation,module_presentation_length",
    "assessments.csv": "code_module,code_presentation,id_assessment,assessment_type,date,weight",
    "studentInfo.csv": (
        "code_module,code_presentation,id_student,gender,region,highest_education,imd_band,age_band,"
        "num_of_prev_attempts,studied_credits,disability,final_result"
    ),
    "studentRegistration.csv": "code_module,code_presentation,id_student,date_registration,date_unregistration",
    "studentAssessment.csv": "id_assessment,id_student,date_submitted,is_banked",
}

_COURSES = ("ABC,2013B,240", "ABC,2013J,268", "XYZ,2014J,269")
_ASSESSMENTS = (
    "ABC,2013B,101,TMA,19,10",
    "ABC,2013B,102,CMA,54,7.5",
    "ABC,2013B,103,Exam,?,100",
    "ABC,2013J,111,TMA,19,10",
    "XYZ,2014J,121,TMA,,30",
    "XYZ,2014J,122,Portfolio,200,70",
)
_PLACES = (
    # presentation, learner, day registered, day unregistered, result: what is odd about it
    ("ABC,2013B", 1, "-50", "?", "Pass"),  # nothing
    ("ABC,2013B", 2, "-40", "", "Fail"),  # nothing
    ("ABC,2013B", 3, "5", "?", "Distinction"),  # registered after the start
    ("ABC,2013B", 4, "-30", "30", "Withdrawn"),  # submitted on and after the leaving day
    ("ABC,2013B", 5, "-30", "-3", "Withdrawn"),  # left before the start
    ("ABC,2013B", 6, "-30", "0", "Withdrawn"),  # left on the first day
    ("ABC,2013B", 7, "-30", "?", "Withdrawn"),  # left on a day that is not given
    ("ABC,2013B", 8, "?", "?", "Pass"),  # registered on a day that is not given
    ("ABC,2013B", 9, "", "-5", "Withdrawn"),  # the same, and left before the start
    ("ABC,2013B", 10, "20", "10", "Withdrawn"),  # registered after leaving
    ("ABC,2013B", 11, "-2", "-9", "Withdrawn"),  # the same, before the start
    ("ABC,2013B", 12, "-30", "40", "Fail"),  # unregistered, and yet failed
    ("ABC,2013B", 13, "-30", "-30", "Withdrawn"),  # left on the day of registering
    ("ABC,2013B", 14, "-30", "250", "Withdrawn"),  # left after the last day
    ("ABC,2013B", 15, "7", "7", "Withdrawn"),  # registered, started and left on one day
    ("ABC,2013B", 16, "300", "?", "Pass"),  # registered after the last day, and yet passed
    ("ABC,2013J", 2, "-100", "?", "Pass"),  # the second try of one who failed
    ("ABC,2013J", 4, "-10", "60", "Withdrawn"),  # the second leaving of one person
    ("XYZ,2014J", 1, "-20", "?", "Distinction"),  # another module
)
_SUBMISSIONS = (
    "101,1,18,0",
    "102,1,54,0",
    "103,1,245,0",  # after the last day, by one who finished
    "101,2,-4,0",  # before the start
    "101,3,6,0",
    "102,3,2,0",  # before registering
    "101,4,30,0",  # on the leaving day
    "102,4,31,0",  # the day after: refused
    "103,4,60,1",  # banked after leaving: refused
    "101,5,-3,1",  # banked on the day the place was given up
    "102,5,-2,0",  # submitted after giving the place up: refused
    "101,7,240,0",  # on the last day, the day this one left
    "102,7,241,0",  # after it: refused
    "101,8,-60,1",
    "102,12,100,0",  # after unregistering, by one who is not out
    "111,2,-120,1",  # banked before registering
    "121,1,269,0",
    "122,1,270,0",
)


def rows() -> dict[str, list[str]]:
    """The rows of the five files, without their headers."""
    return {
        "courses.csv": list(_COURSES),
        "assessments.csv": list(_ASSESSMENTS),
        "studentInfo.csv": [
            f"{presentation},{learner},F,Scotland,HE Qualification,"
            f"{'?' if learner == 3 else '20-30%'},0-35,1,60,N,{result}"
            for presentation, learner, _, _, result in _PLACES
        ],
        "studentRegistration.csv": [
            f"{presentation},{learner},{registered},{unregistered}"
            for presentation, learner, registered, unregistered, _ in _PLACES
        ],
        "studentAssessment.csv": list(_SUBMISSIONS),
    }


def write(folder: Path, held: Mapping[str, list[str]] | None = None) -> Path:
    """Write the files into a folder, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, lines in (held or rows()).items():
        (folder / name).write_text("\n".join([HEADERS[name], *lines]) + "\n", encoding="utf-8")
    return folder
