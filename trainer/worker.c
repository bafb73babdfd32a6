// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

// For closefrom(); NOLINTNEXTLINE(bugprone-reserved-identifier)
#define _DEFAULT_SOURCE

#include "trainer/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define SOCKET_FD (STDERR_FILENO + 1) ///< A worker's

/// What a job is on the socket; the path's bytes follow.
typedef struct {
  TmbPieceJob job;
  uint32_t    n_path; ///< Without the terminator, below PATH_MAX
} Order;

/// Bytes of data that a process has by now; 0 if nobody knows.
static uint64_t
count_data(void)
{
  unsigned long long n_kib = 0U;
  char               line[128];
  FILE* const        file = fopen("/proc/self/status", "re");
  while (file && !n_kib && fgets(line, sizeof(line), file)) {
    (void)sscanf(line, "VmData: %llu", &n_kib); // NOLINT(cert-err34-c)
  }
  if (file) {
    (void)fclose(file);
  }
  return (uint64_t)n_kib << 10U;
}

/// What goes beyond it is refused by malloc(); and crashes leave no files.
static void
limit_resources(const uint32_t n_mib)
{
  static const struct rlimit none = { 0U, 0U };

  struct rlimit limit;
  const rlim_t  most = (rlim_t)(count_data() + ((uint64_t)n_mib << 20U));
  if (n_mib && !getrlimit(RLIMIT_DATA, &limit) && most < limit.rlim_cur) {
    limit.rlim_cur = most;
    (void)setrlimit(RLIMIT_DATA, &limit);
  }
  (void)setrlimit(RLIMIT_CORE, &none);
}

/// Keep what decoders print out of rows and messages, and the list from them.
static void
detach(void)
{
  const int nothing = open("/dev/null", O_RDWR);
  for (int fd = STDIN_FILENO; nothing >= 0 && fd <= STDERR_FILENO; ++fd) {
    (void)dup2(nothing, fd);
  }
}

static bool
read_all(const int fd, void* const bytes, const size_t n)
{
  size_t n_read = 0U;
  while (n_read < n) {
    const ssize_t more = read(fd, (uint8_t*)bytes + n_read, n - n_read);
    if (more <= 0) {
      return false;
    }
    n_read += (size_t)more;
  }
  return true;
}

/// Do one job after another, until nobody is there to give any.
static void
serve(TmbLabeller* const labeller, const int fd)
{
  FILE* const out = fdopen(fd, "w");
  Order       order;
  char        path[PATH_MAX];
  while (out && read_all(fd, &order, sizeof(order)) &&
         read_all(fd, path, order.n_path)) {
    path[order.n_path] = '\0';
    if (order.job.is_probe) {
      tmb_probe_piece(path, out);
    } else {
      tmb_label_piece(labeller, path, &order.job, out);
    }
  }
}

/// The life of a worker.
_Noreturn static void
live(TmbLabeller* const labeller,
     const int          fd,
     const pid_t        parent,
     const uint32_t     n_mib)
{
  // Who interrupts the parent wants it to finish what is being done
  (void)signal(SIGINT, SIG_IGN);
  (void)signal(SIGTERM, SIG_IGN);
  (void)signal(SIGUSR1, SIG_IGN);
  (void)prctl(PR_SET_PDEATHSIG, SIGKILL);

  // Not those of its siblings either, nor locks
  if (getppid() == parent && dup2(fd, SOCKET_FD) == SOCKET_FD) {
    detach();
    closefrom(SOCKET_FD + 1);
    limit_resources(n_mib);
    serve(labeller, SOCKET_FD);
  }
  _exit(0);
}

TmbStatus
tmb_worker_start(TmbWorker* const   worker,
                 TmbLabeller* const labeller,
                 const uint32_t     n_mib,
                 TmbMessage* const  why)
{
  int         fds[2] = { -1, -1 };
  const pid_t parent = getpid();
  *worker            = (TmbWorker){
               .received = (uint8_t*)malloc(TMB_MAX_PIECE_MESSAGE),
  };
  if (!worker->received || socketpair(AF_UNIX, SOCK_STREAM, 0, fds)) {
    return tmb_fail(
      TMB_NO_MEMORY, why, "a worker can't be started: %s", strerror(errno));
  }

  worker->fd  = fds[0];
  worker->pid = fork();
  if (!worker->pid) {
    live(labeller, fds[1], parent, n_mib);
  }

  const int error = errno;
  (void)close(fds[1]);
  if (worker->pid < 0) {
    (void)close(fds[0]);
    worker->pid = 0;
    return tmb_fail(
      TMB_NO_MEMORY, why, "a worker can't be started: %s", strerror(error));
  }
  return TMB_OK;
}

bool
tmb_worker_give(const TmbWorker* const   worker,
                const TmbPieceJob* const job,
                const char* const        path)
{
  const Order order = { *job, (uint32_t)strlen(path) };
  uint8_t     bytes[sizeof(order) + PATH_MAX];
  if (order.n_path >= PATH_MAX) {
    return false;
  }
  memcpy(bytes, &order, sizeof(order));
  memcpy(bytes + sizeof(order), path, order.n_path);

  // It reads nothing else, so all of an order fits in
  const size_t n = sizeof(order) + order.n_path;
  return send(worker->fd, bytes, n, MSG_NOSIGNAL) == (ssize_t)n;
}

bool
tmb_worker_receive(TmbWorker* const worker)
{
  const ssize_t n = recv(worker->fd,
                         worker->received + worker->n_received,
                         TMB_MAX_PIECE_MESSAGE - worker->n_received,
                         MSG_DONTWAIT);
  if (n > 0) {
    worker->n_received += (size_t)n;
  }
  return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

bool
tmb_worker_next(TmbWorker* const       worker,
                size_t* const          n_taken,
                TmbPieceMessage* const message)
{
  const size_t n = tmb_piece_parse(
    worker->received + *n_taken, worker->n_received - *n_taken, message);
  if (!n) {
    worker->n_received -= *n_taken;
    memmove(worker->received, worker->received + *n_taken, worker->n_received);
  }
  *n_taken += n;
  return n;
}

void
tmb_worker_end(TmbWorker* const worker, int* const signal)
{
  int state = 0;
  if (worker->pid) {
    (void)close(worker->fd);
    (void)kill(worker->pid, SIGKILL);
    while (waitpid(worker->pid, &state, 0) < 0 && errno == EINTR) {
    }
  }
  if (signal) {
    *signal = WIFSIGNALED(state) ? WTERMSIG(state) : 0;
  }
  free(worker->received);
  *worker = (TmbWorker){ .pid = 0 };
}
