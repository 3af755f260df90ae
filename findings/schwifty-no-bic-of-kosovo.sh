#!/usr/bin/env bash
# Banks of Kosovo have an IBAN by this library, and no BIC.
#
# Kosovo has no code in ISO 3166; banks use XK, in IBANs and in BICs, and its banks' BICs are in the public directories. The
# library knows XK in an IBAN and asks a table of ISO 3166 about a BIC, so every BIC of the country is refused, while BICs of
# the banks of North Korea and Syria are read. Where addresses of payments are checked with it before they are screened, a
# valid payment stops as malformed. Output seen: XK, then InvalidCountryCode for both, then KP.
#
# Seen with schwifty 2026.10.1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check schwifty==2026.10.1
"$folder/venv/bin/python" - <<'PYTHON'
import schwifty
from schwifty.exceptions import InvalidCountryCode

# The example of the IBAN registry.
print(schwifty.IBAN("XK051212012345678906").country_code)
for bic in ("MBKOXKPR", "RBKOXKPR"):
    try:
        schwifty.BIC(bic)
    except InvalidCountryCode as refused:
        print(bic, type(refused).__name__, refused)
    else:
        raise SystemExit(f"{bic} is read now")
found = schwifty.BIC("FTBDKPPY").country_code
print(found)
assert found == "KP"
PYTHON
echo "still so"
