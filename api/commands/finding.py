"""Says what a look at an installation or at a till has found."""

from collections.abc import Sequence
from typing import Final

import click

from api.commands.saying import Failure
from pos_adapter.findings import Finding

MARKS: Final = {"well": "ok    ", "look": "LOOK  ", "broken": "BROKEN"}


def tell(findings: Sequence[Finding]) -> None:
    """Say all findings on standard output. Raises Failure where something is broken."""
    for finding in findings:
        click.echo(f"{MARKS[finding.how]}  {finding.where}: {finding.what}")
        if finding.mend:
            click.echo(f"        mend: {finding.mend}")
    count = sum(finding.how == "broken" for finding in findings)
    if count:
        raise Failure(f"{count} things are broken" if count > 1 else "one thing is broken")
