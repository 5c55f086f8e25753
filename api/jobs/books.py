"""Jobs of the books: proving them."""

from msgspec import structs

from api.jobs.running import Result, RunningJob
from api.state import Service, read_clock
from loyalty.accounts.proving import keep_proof
from loyalty.accounts.verify import verify_ledgers


async def verify_books(service: Service, running: RunningJob) -> Result:
    """Prove the ledgers against receipts and documents; what differs stands in the result."""
    verified = await service.database.run(verify_ledgers)
    await running.portion(keep_proof, verified, at=read_clock())
    return structs.asdict(verified)
