/* Preloaded into the database server, makes every flush of its log as slow as on a shop's disk: DELAY_US microseconds
   are waited after the real one, as the disk's own answer would be. Built by slow_flush.py. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <unistd.h>

int fdatasync(int descriptor)
{
    static int (*flush)(int);
    if (!flush)
        flush = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    int result = flush(descriptor);
    usleep(DELAY_US);
    return result;
}
