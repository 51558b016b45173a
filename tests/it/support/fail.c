/*
 * Faults of a disk, for a child that is started with LD_PRELOAD: only files whose path holds
 * $FAIL_FILE are touched.
 *
 *   FAIL_SYNC_AT=n     the n-th fsync or fdatasync fails once, with EIO
 *   FAIL_SPACE=bytes   after so many written bytes, a write that makes a file longer or overwrites
 *                      it fails with ENOSPC ...
 *   FAIL_WHILE=path    ... as long as this file exists
 *   HANG_WHILE=path    an fsync or fdatasync does not end as long as this file exists
 *   SLOW_MS=n          an fsync or fdatasync takes so long ...
 *   SLOW_WHILE=path    ... as long as this file exists
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_long syncs, written;

static long number(const char *name) {
    const char *value = getenv(name);
    return value ? atol(value) : -1;
}

static int concerned(int fd) {
    const char *wanted = getenv("FAIL_FILE");
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (!wanted || length < 0) return 0;
    path[length] = 0;
    return strstr(path, wanted) != NULL;
}

static int sync_fails(int fd) {
    const char *gate = getenv("HANG_WHILE");
    while (gate && concerned(fd) && access(gate, F_OK) == 0) usleep(10000);
    const char *slow = getenv("SLOW_WHILE");
    if (slow && concerned(fd) && access(slow, F_OK) == 0) usleep(1000 * number("SLOW_MS"));
    long at = number("FAIL_SYNC_AT");
    if (at < 0 || !concerned(fd)) return 0;
    if (atomic_fetch_add(&syncs, 1) + 1 != at) return 0;
    fprintf(stderr, "fail: sync %ld fails\n", at);
    errno = EIO;
    return 1;
}

int fsync(int fd) {
    static int (*real)(int);
    if (!real) real = dlsym(RTLD_NEXT, "fsync");
    return sync_fails(fd) ? -1 : real(fd);
}

int fdatasync(int fd) {
    static int (*real)(int);
    if (!real) real = dlsym(RTLD_NEXT, "fdatasync");
    return sync_fails(fd) ? -1 : real(fd);
}

static int write_fails(int fd, size_t count) {
    long space = number("FAIL_SPACE");
    if (space < 0 || !concerned(fd)) return 0;
    if (atomic_fetch_add(&written, (long)count) + (long)count <= space) return 0;
    const char *gate = getenv("FAIL_WHILE");
    if (gate && access(gate, F_OK) != 0) return 0;
    errno = ENOSPC;
    return 1;
}

ssize_t write(int fd, const void *bytes, size_t count) {
    static ssize_t (*real)(int, const void *, size_t);
    if (!real) real = dlsym(RTLD_NEXT, "write");
    return write_fails(fd, count) ? -1 : real(fd, bytes, count);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
    static ssize_t (*real)(int, const void *, size_t, off_t);
    if (!real) real = dlsym(RTLD_NEXT, "pwrite");
    return write_fails(fd, count) ? -1 : real(fd, bytes, count, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
    static ssize_t (*real)(int, const void *, size_t, off64_t);
    if (!real) real = dlsym(RTLD_NEXT, "pwrite64");
    return write_fails(fd, count) ? -1 : real(fd, bytes, count, at);
}
