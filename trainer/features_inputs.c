// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/features_inputs.h"

#include "trainer/corpus.h"
#include "trainer/corpus_list.h"
#include "trainer/regular_file.h"
#include "trainer/walk.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

/// Append an input with a path only.
static TmbInput*
add(TmbInputs* const self, const char* const path)
{
  if (!(self->n & (self->n - 1U))) { // Full at each power of two
    const size_t    size = self->n ? 2U * self->n : 1U;
    TmbInput* const items =
      (TmbInput*)realloc(self->items, size * sizeof(TmbInput));
    if (!items) {
      return NULL;
    }
    self->items = items;
  }

  TmbInput* const input = &self->items[self->n];
  *input                = (TmbInput){ .path = strdup(path), .class_index = -1 };
  if (!input->path) {
    return NULL;
  }
  ++self->n;
  return input;
}

static TmbStatus
add_failure(TmbInputs* const        self,
            const char* const       path,
            const TmbMessage* const why)
{
  TmbInput* const input = add(self, path);
  if (input) {
    input->reason = strdup(why->text);
  }
  return (input && input->reason) ? TMB_OK : TMB_NO_MEMORY;
}

/// Add a file by its place in a folder.
static TmbStatus
add_by_place(TmbInputs* const  self,
             const char* const path,
             const char* const name)
{
  TmbInput* const input = add(self, path);
  return input ? tmb_corpus_place(name, &input->class_name, &input->source_name)
               : TMB_NO_MEMORY;
}

/// Add a recording of a class.
static TmbStatus
add_recording(TmbInputs* const self, const TmbRecording* const recording)
{
  TmbInput* const input = add(self, recording->path);
  if (!input) {
    return TMB_NO_MEMORY;
  }
  input->class_name  = strdup(recording->class_name);
  input->source_name = strdup(recording->source_name);
  return (input->class_name && input->source_name) ? TMB_OK : TMB_NO_MEMORY;
}

/// Add a file, or all files of a folder.
static TmbStatus
add_walk(TmbInputs* const self, const char* const root)
{
  TmbWalk*     walk    = NULL;
  const size_t n_root  = strlen(root);
  const size_t n_first = self->n;
  TmbStatus    status  = tmb_walk_new(root, NULL, NULL, &walk);
  const char*  path    = root;
  while (!status) {
    TmbMessage      why;
    const TmbStatus found = tmb_walk_next(walk, &path, &why);
    if (!path) {
      break;
    }
    const char* const name = path + n_root;
    status                 = found ? add_failure(self, path, &why)
                                   : add_by_place(self, path, name + strspn(name, "/"));
  }
  tmb_walk_free(walk);

  if (!status && self->n == n_first) {
    TmbMessage why;
    (void)tmb_fail(
      TMB_NO_FILE, &why, "%s: there is no sound file in this folder", root);
    status = add_failure(self, root, &why);
  }
  return status;
}

static TmbStatus
add_manifest(TmbInputs* const self, const char* const path)
{
  const TmbLicenceFilter none   = { NULL, 0U };
  TmbCorpus*             corpus = NULL;
  TmbMessage             why;
  if (tmb_corpus_open(&path, 1U, &none, &corpus, &why)) {
    return add_failure(self, path, &why);
  }

  TmbStatus status = TMB_OK;
  for (uint32_t i = 0U; !status && i < corpus->n_recordings; ++i) {
    status = add_recording(self, &corpus->recordings[i]);
  }
  tmb_corpus_free(corpus);
  return status;
}

/// The manifest in a folder, which the caller frees.
static char*
name_manifest(const char* const folder)
{
  const size_t size     = strlen(folder) + sizeof("/manifest.csv");
  char* const  manifest = (char*)malloc(size);
  if (manifest) {
    (void)snprintf(manifest, size, "%s/manifest.csv", folder);
  }
  return manifest;
}

/// Whether a name is a manifest's, or a folder's that holds one.
static bool
has_manifest(const char* const path)
{
  const char* const dot = strrchr(path, '.');
  struct stat       info;
  if (stat(path, &info) || !S_ISDIR(info.st_mode)) {
    return dot && !strcasecmp(dot, ".csv");
  }

  char* const manifest = name_manifest(path);
  const bool  found    = manifest && !stat(manifest, &info);
  free(manifest);
  return found;
}

bool
tmb_input_is(const char* const argument, const char* const path)
{
  char* const manifest = name_manifest(argument);
  const bool  is_one   = tmb_is_same_file(argument, path) ||
                      (manifest && tmb_is_same_file(manifest, path));
  free(manifest);
  return is_one;
}

TmbStatus
tmb_inputs_add(TmbInputs* const inputs, const char* const argument)
{
  return has_manifest(argument) ? add_manifest(inputs, argument)
                                : add_walk(inputs, argument);
}

static int
compare_texts(const void* const a, const void* const b)
{
  return strcmp(*(const char* const*)a, *(const char* const*)b);
}

TmbStatus
tmb_inputs_number(TmbInputs* const inputs)
{
  const char** const classes =
    (const char**)calloc(inputs->n + 1U, sizeof(const char*));
  if (!classes) {
    return TMB_NO_MEMORY;
  }

  size_t n_named = 0U;
  for (size_t i = 0U; i < inputs->n; ++i) {
    if (inputs->items[i].class_name) {
      classes[n_named++] = inputs->items[i].class_name;
    }
  }
  qsort(classes, n_named, sizeof(*classes), compare_texts);

  uint32_t n = 0U;
  for (size_t i = 0U; i < n_named; ++i) {
    if (!n || strcmp(classes[n - 1U], classes[i]) != 0) {
      classes[n++] = classes[i];
    }
  }
  inputs->classes   = classes;
  inputs->n_classes = n;

  for (size_t i = 0U; i < inputs->n; ++i) {
    TmbInput* const input = &inputs->items[i];
    if (input->class_name) {
      const char* const* const found = (const char* const*)bsearch(
        &input->class_name, classes, n, sizeof(*classes), compare_texts);
      input->class_index = (int32_t)(found - classes);
    }
  }
  return TMB_OK;
}

void
tmb_inputs_free(TmbInputs* const inputs)
{
  for (size_t i = 0U; i < inputs->n; ++i) {
    free(inputs->items[i].source_name);
    free(inputs->items[i].class_name);
    free(inputs->items[i].reason);
    free(inputs->items[i].path);
  }
  free((void*)inputs->classes);
  free(inputs->items);
  *inputs = (TmbInputs){ .items = NULL };
}
