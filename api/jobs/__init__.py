"""Jobs: what each kind of job does, and how a worker runs it.

To add a kind:
1. In its room (`loyalty/...`) write a portion: `async def do_portion(connection, job, ...) -> Progress`. It does the
   next piece of the work, a second of it or so, beginning where `job.progress` ends, and says how far the job is then.
   It never commits: the piece and its progress are one transaction, so it is done once, whoever is killed in between.
2. Here, in a file of its room, write the handler: `async def work(service, running) -> result`. It reads
   `running.job.arguments`, calls `await running.portion(do_portion, ...)` until nothing is left, and gives the result
   as plain JSON values. A killed job's handler begins anew, `running.job.progress` being as its last portion left it.
3. Name it in `api.jobs.handlers.HANDLERS`.
4. Ask for it with `database.jobs.enqueue_job(connection, kind, arguments, act=act)` in the transaction of the act.

A LoyaltyError that leaves the handler ends the job as failed, with its text as the error.
"""
