/* Preloaded into a program, sets its clock of the day ahead or back by as many nanoseconds as stand in the file
   CLOCK_FILE, eight bytes, looked at each time. The clocks that never jump stay as they are. Linux alone. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t nothing, *jump = &nothing;

__attribute__((constructor)) static void find_file(void)
{
    const char *path = getenv("CLOCK_FILE");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    void *found = file < 0 ? MAP_FAILED : mmap(NULL, sizeof *jump, PROT_READ, MAP_SHARED, file, 0);
    if (file >= 0)
        close(file);
    if (found == MAP_FAILED)
        abort(); /* a clock that does not jump proves nothing */
    jump = found;
}

int clock_gettime(clockid_t clock, struct timespec *moment)
{
    int result = syscall(SYS_clock_gettime, clock, moment);
    if (!result && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        int64_t now = (int64_t)moment->tv_sec * 1000000000 + moment->tv_nsec + *jump;
        moment->tv_sec = now / 1000000000;
        moment->tv_nsec = now % 1000000000;
    }
    return result;
}

int gettimeofday(struct timeval *moment, void *zone)
{
    struct timespec now;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    moment->tv_sec = now.tv_sec;
    moment->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *kept)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (kept)
        *kept = now.tv_sec;
    return now.tv_sec;
}
