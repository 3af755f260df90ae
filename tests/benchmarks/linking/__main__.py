"""How good linking is on the real lists, and what it costs: python -m tests.benchmarks.linking [PART…]

references     UN and UK, whose references to each other are taken away
identifiers    US and UK, US and EU, whose common numbers are taken away
sample         pairs near the threshold that a person has read
speed          50,000 records from nothing, and one change
"""

import subprocess
import sys

from tests.benchmarks.linking import documents, identifiers, references, sample

PARTS = {"references": references.main, "identifiers": identifiers.main, "sample": sample.main}


def main() -> None:
    if not documents.FEEDS.is_dir():
        print("the real documents (../shared) are not here: linking was not measured")
        return
    for part in sys.argv[1:] or (*PARTS, "speed"):
        if part == "speed":
            # In a process of its own: its memory is what is measured.
            subprocess.run([sys.executable, "-m", "tests.benchmarks.linking.speed"], check=True)
        else:
            PARTS[part]()


main()
