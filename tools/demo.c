// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

/*
  What `make demo` shows: recordings labelled by the command, and played through
  the plugin in a host, note beside note.  Both were built beside this program:
  BUILD/timbrel, BUILD/timbrel.lv2 and BUILD/tools/demo.
*/

#include "tests/support/host.h"

#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <sndfile.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_NOTES 512U
#define BLOCK 512U
#define TAIL_S \
  1.0 ///< Silence after a recording, so that its last note is named

extern char** environ;

/// A note as either of the two heard it.
typedef struct {
  double onset_s;
  double confidence;
  double after_s; ///< From the onset to the name; the plugin's only
  char   label[64];
} Note;

/// What one of the two heard in a recording.
typedef struct {
  size_t n;
  Note   notes[MAX_NOTES];
  char   whole[64]; ///< The command's name for the recording, or the track's
                    ///< instrument in the plugin at its end
  double taken_s;   ///< Time that it took
} Heard;

typedef struct {
  size_t n; ///< Samples, without the tail
  size_t n_all;
  double rate_hz;
  float* samples; ///< [n_all] Mono
} Sound;

/// Path in the build folder; owned by the caller.
static char*
built(const char* const name)
{
  char          self[PATH_MAX] = "";
  const ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1U);
  for (unsigned i = 0U; n > 0 && i < 2U; ++i) {
    char* const slash = strrchr(self, '/');
    if (slash) {
      *slash = '\0';
    }
  }

  const size_t n_path = strlen(self) + strlen(name) + 2U;
  char* const  path   = (char*)malloc(n_path);
  if (path) {
    (void)snprintf(path, n_path, "%s/%s", self, name);
  }
  return path;
}

static double
now_s(void)
{
  struct timespec t;
  (void)clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (1e-9 * (double)t.tv_nsec);
}

/// Start a program; `*out` reads what it prints.
static pid_t
start(char* const* const argv, FILE** const out)
{
  int pipe_fds[2];
  if (pipe(pipe_fds)) {
    return -1;
  }

  posix_spawn_file_actions_t actions;
  pid_t                      child = -1;
  (void)posix_spawn_file_actions_init(&actions);
  (void)posix_spawn_file_actions_adddup2(&actions, pipe_fds[1], STDOUT_FILENO);
  (void)posix_spawn_file_actions_addclose(&actions, pipe_fds[0]);
  if (posix_spawn(&child, argv[0], &actions, NULL, argv, environ)) {
    child = -1;
  }
  (void)posix_spawn_file_actions_destroy(&actions);
  (void)close(pipe_fds[1]);
  *out = fdopen(pipe_fds[0], "r");
  return child;
}

/// What something is called: its instrument, or where only its family is known,
/// that with a question mark.
static const char*
name_of(const char* const label, const char* const family)
{
  return (!strcmp(label, "unknown") && family && family[0]) ? family : label;
}

static void
read_rows(FILE* const out, Heard* const heard)
{
  json_t* row = NULL;
  while ((row = json_loadf(out, JSON_DISABLE_EOF_CHECK, NULL))) {
    const char* const type  = json_string_value(json_object_get(row, "type"));
    const char* const label = json_string_value(json_object_get(row, "label"));
    const char* const family =
      json_string_value(json_object_get(row, "family"));
    const char* const name = label ? name_of(label, family) : NULL;
    if (type && name && !strcmp(type, "file")) {
      (void)snprintf(heard->whole, sizeof(heard->whole), "%s", name);
    }
    if (type && name && !strcmp(type, "note") && heard->n < MAX_NOTES) {
      Note* const note = &heard->notes[heard->n++];
      note->onset_s    = json_number_value(json_object_get(row, "onset"));
      note->confidence = json_number_value(json_object_get(row, "confidence"));
      (void)snprintf(note->label, sizeof(note->label), "%s", name);
    }
    json_decref(row);
  }
}

/// Let the command label a recording.
static bool
ask_command(const char* const file, Heard* const heard)
{
  char        name[]   = "label";
  char        format[] = "--format=jsonl";
  char        model[]  = "--model";
  char* const command  = built("timbrel");
  char* const factory  = built("timbrel.lv2/factory.safetensors");
  char* const path     = strdup(file);
  char* const argv[]   = { command, name, format, model, factory, path, NULL };

  *heard              = (Heard){ 0 };
  const double begun  = now_s();
  FILE*        out    = NULL;
  int          status = -1;
  if (command && factory && path) {
    const pid_t child = start(argv, &out);
    if (out) {
      read_rows(out, heard);
      (void)fclose(out);
    }
    if (child > 0) {
      (void)waitpid(child, &status, 0);
    }
  }
  heard->taken_s = now_s() - begun;
  free(path);
  free(factory);
  free(command);
  return !status;
}

/// Read a recording, and add silence.
static bool
read_sound(const char* const file, Sound* const sound)
{
  SF_INFO        info   = { 0 };
  SNDFILE* const opened = sf_open(file, SFM_READ, &info);
  if (!opened || info.channels != 1) {
    (void)fprintf(
      stderr, "%s: %s\n", file, opened ? "not mono" : sf_strerror(NULL));
    (void)sf_close(opened);
    return false;
  }

  sound->rate_hz = (double)info.samplerate;
  sound->n       = (size_t)info.frames;
  sound->n_all   = sound->n + (size_t)(TAIL_S * sound->rate_hz);
  sound->samples = (float*)calloc(sound->n_all, sizeof(float));
  const bool is_read =
    sound->samples &&
    sf_read_float(opened, sound->samples, info.frames) == info.frames;
  (void)sf_close(opened);
  return is_read;
}

/// Play a recording through the plugin.
static bool
ask_plugin(const Sound* const sound, Heard* const heard)
{
  char* const bundle = built("timbrel.lv2");
  Host* const host =
    bundle ? host_new(bundle, HOST_FULL, sound->rate_hz) : NULL;
  free(bundle);
  *heard = (Heard){ 0 };
  if (!host) {
    (void)fprintf(stderr, "The plugin can't be loaded\n");
    return false;
  }

  const double begun = now_s();
  host_run_all(host, sound->samples, sound->samples, sound->n_all, BLOCK);
  heard->taken_s = now_s() - begun;

  size_t                 n      = 0U;
  const HostEvent* const events = host_events(host, &n);
  for (size_t i = 0U; i < n && heard->n < MAX_NOTES; ++i) {
    // The cut to the silence at the end is no note
    const HostEvent* const event = &events[i];
    if (event->type == HOST_NOTE && event->onset < (int64_t)sound->n) {
      Note* const note = &heard->notes[heard->n++];
      note->onset_s    = (double)event->onset / sound->rate_hz;
      note->after_s = ((double)event->frame / sound->rate_hz) - note->onset_s;
      note->confidence = (double)event->confidence;
      (void)snprintf(note->label,
                     sizeof(note->label),
                     "%s",
                     name_of(event->label, event->family));
    }
    if (event->type == HOST_INSTRUMENT) {
      (void)snprintf(heard->whole, sizeof(heard->whole), "%s", event->label);
    }
  }
  host_free(host);
  return true;
}

static bool
notes_agree(const Note* const a, const Note* const b, const double rate_hz)
{
  return fabs(a->onset_s - b->onset_s) * rate_hz <= 1.0 &&
         fabs(a->confidence - b->confidence) <= 1e-4 &&
         !strcmp(a->label, b->label);
}

/// Print a recording's notes; returns how many agree.
static size_t
print_notes(const char* const  file,
            const Sound* const sound,
            const Heard* const command,
            const Heard* const plugin)
{
  static const Note nothing = { 0.0, 0.0, 0.0, "-" };

  const char* const slash   = strrchr(file, '/');
  const char*       name    = slash ? slash + 1 : file;
  const size_t      n       = command->n > plugin->n ? command->n : plugin->n;
  size_t            n_agree = 0U;
  for (size_t i = 0U; i < n; ++i) {
    const Note* const a     = i < command->n ? &command->notes[i] : &nothing;
    const Note* const b     = i < plugin->n ? &plugin->notes[i] : &nothing;
    const bool        agree = notes_agree(a, b, sound->rate_hz);
    (void)printf("%-22s %6.2f s  %-16s %-16s %8.0f %% %8.0f ms%s\n",
                 name,
                 i < plugin->n ? b->onset_s : a->onset_s,
                 a->label,
                 b->label,
                 100.0 * b->confidence,
                 1000.0 * b->after_s,
                 agree ? "" : "  differ");
    n_agree += agree;
    name = "";
  }
  (void)printf(
    "%-22s %8s  %-16s %-16s\n", "", "in all", command->whole, plugin->whole);
  (void)printf("%-22s %6.2f s of sound: the command took %.0f ms, "
               "the plugin %.0f ms\n\n",
               "",
               (double)sound->n / sound->rate_hz,
               1000.0 * command->taken_s,
               1000.0 * plugin->taken_s);
  return n_agree;
}

int
main(const int argc, char** const argv)
{
  static Heard command;
  static Heard plugin;
  if (argc < 2) {
    (void)fprintf(stderr, "Usage: %s RECORDING...\n", argv[0]);
    return EXIT_FAILURE;
  }

  (void)printf("%-22s %8s  %-16s %-16s %10s %11s\n",
               "recording",
               "onset",
               "command says",
               "plugin says",
               "confidence",
               "named after");
  size_t n       = 0U;
  size_t n_agree = 0U;
  bool   works   = true;
  for (int i = 1; i < argc; ++i) {
    Sound sound = { 0 };
    if (read_sound(argv[i], &sound) && ask_command(argv[i], &command) &&
        ask_plugin(&sound, &plugin)) {
      n += command.n > plugin.n ? command.n : plugin.n;
      n_agree += print_notes(argv[i], &sound, &command, &plugin);
    } else {
      works = false;
    }
    free(sound.samples);
  }

  (void)printf("%zu notes, %zu agree\n", n, n_agree);
  return (works && n && n == n_agree) ? EXIT_SUCCESS : EXIT_FAILURE;
}
