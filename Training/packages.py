#!/usr/bin/env python3
"""Downloads the Debian packages that the texts for the heads are made from, and unpacks them.

    python3 Training/packages.py OUT

Needs a Debian system with `apt-get` and `dpkg-deb`; nothing is installed. A package that is there already is not
downloaded again. OUT/NAME has the files of the package NAME, and OUT/packages.json its version.

TRAINED are the packages whose texts the heads are trained on, HELD_OUT those whose pages are kept apart as a test.
"""
from __future__ import annotations

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

# HTML pages with navigation, by language.
TRAINED = {
    "en": [
        "python3.11-doc", "apache2-doc", "python-django-doc", "postgresql-doc-15", "git-doc", "sqlite3-doc", "cmake-doc",
        "debian-reference-en", "kicad-doc-en", "gnucash-docs", "r-doc-html",
    ],
    "ru": [
        "developers-reference-ru", "kicad-doc-ru", "libreoffice-help-ru", "maint-guide-ru", "debian-faq-ru",
        "ubuntu-packaging-guide-html-ru",
    ],
}
HELD_OUT = {
    "en": ["python-sqlalchemy-doc", "debian-policy", "nginx-doc", "bind9-doc", "privoxy"],
    "ru": ["debian-handbook", "aptitude-doc-ru", "apache2-doc"],
}
# Packages with texts that are not pages: message catalogues, settings, logs, programs, word lists.
OTHERS = [
    "vlc-l10n", "gimp-data", "coreutils", "bash", "apache2", "nginx-common", "squid-common", "samba-common",
    "redis-server", "dovecot-core", "exim4-config", "proftpd-core", "mosquitto", "fail2ban", "libpython3.11-stdlib",
    "libc6-dev", "libjs-jquery", "perl-modules-5.36", "wamerican", "irussian", "hunspell-ru", "geoip-database",
    "tzdata", "iso-codes", "unicode-data", "mc", "postfix", "mariadb-server",
]


def names() -> list[str]:
    pages = [name for of_side in (TRAINED, HELD_OUT) for listed in of_side.values() for name in listed]
    return sorted({*pages, *OTHERS})


def fetch(name: str, out: pathlib.Path) -> str | None:
    """Downloads and unpacks a package. Returns its version, or None if it is not to be had."""
    with tempfile.TemporaryDirectory(dir=out) as scratch:
        got = subprocess.run(["apt-get", "download", "-q", name], cwd=scratch, capture_output=True, text=True)
        files = list(pathlib.Path(scratch).glob("*.deb"))
        if got.returncode or not files:
            return None
        subprocess.run(["dpkg-deb", "-x", str(files[0]), str(out / name)], check=True)
        found = subprocess.run(["dpkg-deb", "-f", str(files[0]), "Version"], check=True, capture_output=True, text=True)
        return found.stdout.strip()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    listed = options.out / "packages.json"
    versions = json.loads(listed.read_text()) if listed.exists() else {}
    missing = []
    for name in names():
        if name not in versions:
            version = fetch(name, options.out)
            if version is None:
                missing.append(name)
                continue
            versions[name] = version
            listed.write_text(json.dumps(dict(sorted(versions.items())), indent=1) + "\n")
    if missing:
        sys.exit(f"apt-get download found no {', '.join(missing)}; run apt-get update")


if __name__ == "__main__":
    main()
