/* Preloaded into a program that keeps an SQLite file, notes in the file TRACE_FILE, in order, each byte that it writes to
   the files whose path begins with TRACE_PATH, each change of their size, and each flush that has ended. Each note has
   the moment before the act, by the clock that never jumps. Built and read by disk_trace.py. Linux alone. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

struct note {
    int64_t at, offset, length;
    char act;
    char suffix[15]; /* what follows TRACE_PATH in the file's path: "", "-wal", "-journal" */
};

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static int trace = -1;

static int64_t now(void)
{
    struct timespec moment;
    clock_gettime(CLOCK_MONOTONIC, &moment);
    return (int64_t)moment.tv_sec * 1000000000 + moment.tv_nsec;
}

/* Whether a descriptor is of a traced file; gives the rest of its path. */
static int is_traced(int descriptor, char *suffix)
{
    const char *path = getenv("TRACE_PATH");
    char link[64], target[PATH_MAX];
    if (!path)
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, target, sizeof target - 1);
    size_t head = strlen(path);
    if (length < (ssize_t)head || strncmp(target, path, head) || length - head > 14)
        return 0;
    memset(suffix, 0, 15);
    memcpy(suffix, target + head, length - head);
    return !*suffix || !strcmp(suffix, "-wal") || !strcmp(suffix, "-journal");
}

static void write_down(char act, const char *suffix, int64_t at, int64_t offset, const void *data, int64_t length)
{
    struct note note = {at, offset, length, act, {0}};
    memcpy(note.suffix, suffix, 15);
    struct iovec parts[2] = {{&note, sizeof note}, {(void *)data, data ? length : 0}};
    pthread_mutex_lock(&turn);
    if (trace < 0)
        trace = syscall(SYS_openat, AT_FDCWD, getenv("TRACE_FILE"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (syscall(SYS_writev, trace, parts, 2) < 0)
        abort(); /* a trace with a hole proves nothing */
    pthread_mutex_unlock(&turn);
}

#define REAL(name, result, ...)                                                                                        \
    static result (*real)(__VA_ARGS__);                                                                                \
    if (!real)                                                                                                         \
    real = (result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

#define PWRITE(name)                                                                                                   \
    ssize_t name(int descriptor, const void *data, size_t size, off_t offset)                                          \
    {                                                                                                                  \
        REAL(#name, ssize_t, int, const void *, size_t, off_t);                                                        \
        char suffix[15];                                                                                               \
        int64_t at = now();                                                                                            \
        ssize_t written = real(descriptor, data, size, offset);                                                        \
        if (written > 0 && is_traced(descriptor, suffix))                                                              \
            write_down('w', suffix, at, offset, data, written);                                                        \
        return written;                                                                                                \
    }
PWRITE(pwrite)
PWRITE(pwrite64)

ssize_t write(int descriptor, const void *data, size_t size)
{
    REAL("write", ssize_t, int, const void *, size_t);
    char suffix[15];
    int traced = is_traced(descriptor, suffix);
    int64_t at = now(), offset = traced ? lseek(descriptor, 0, SEEK_CUR) : 0;
    ssize_t written = real(descriptor, data, size);
    if (written > 0 && traced)
        write_down('w', suffix, at, offset, data, written);
    return written;
}

#define TRUNCATE(name)                                                                                                 \
    int name(int descriptor, off_t size)                                                                               \
    {                                                                                                                  \
        REAL(#name, int, int, off_t);                                                                                  \
        char suffix[15];                                                                                               \
        int64_t at = now();                                                                                            \
        int result = real(descriptor, size);                                                                           \
        if (!result && is_traced(descriptor, suffix))                                                                  \
            write_down('t', suffix, at, size, 0, 0);                                                                   \
        return result;                                                                                                 \
    }
TRUNCATE(ftruncate)
TRUNCATE(ftruncate64)

#define FLUSH(name)                                                                                                    \
    int name(int descriptor)                                                                                           \
    {                                                                                                                  \
        REAL(#name, int, int);                                                                                         \
        char suffix[15];                                                                                               \
        int64_t at = now();                                                                                            \
        int result = real(descriptor);                                                                                 \
        if (!result && is_traced(descriptor, suffix))                                                                  \
            write_down('s', suffix, at, 0, 0, 0);                                                                      \
        return result;                                                                                                 \
    }
FLUSH(fsync)
FLUSH(fdatasync)
