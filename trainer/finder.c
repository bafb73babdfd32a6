// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/finder.h"

#include "trainer/path_list.h"
#include "trainer/text.h"

#include <stdlib.h>
#include <string.h>

struct TmbFinderImpl {
  TmbSearch    search;
  size_t       n_taken; ///< Of its paths
  bool         list_is_over;
  TmbPathList* list; ///< Null before its first path and after its last
  char*        root; ///< Of the walk
  TmbWalk*     walk; ///< Null between two roots
  bool         root_has_any;
};

TmbStatus
tmb_finder_new(const TmbSearch* const search, TmbFinder** const finder)
{
  TmbFinder* const self = (TmbFinder*)calloc(1U, sizeof(TmbFinder));
  *finder               = self;
  if (!self) {
    return TMB_NO_MEMORY;
  }
  self->search       = *search;
  self->list_is_over = !search->list;
  return TMB_OK;
}

static void
end_walk(TmbFinder* const self)
{
  tmb_walk_free(self->walk);
  free(self->root);
  self->walk = NULL;
  self->root = NULL;
}

void
tmb_finder_free(TmbFinder* const finder)
{
  if (finder) {
    end_walk(finder);
    tmb_path_list_close(finder->list);
    free(finder);
  }
}

/// The list's next root, null at its end.
static TmbStatus
next_in_list(TmbFinder* const   self,
             const char** const root,
             TmbMessage* const  why)
{
  TmbStatus status = TMB_OK;
  if (!self->list) {
    status = tmb_path_list_open(self->search.list,
                                self->search.zeros_separate ? '\0' : '\n',
                                &self->list,
                                why);
  }
  if (!status) {
    status = tmb_path_list_next(self->list, root, why);
  }
  if (!*root && status != TMB_BAD_FILE) {
    tmb_path_list_close(self->list);
    self->list         = NULL;
    self->list_is_over = true;
  }
  return status;
}

/// Begin to walk the next root, if there is one.
static TmbStatus
begin_walk(TmbFinder* const   self,
           const char** const path,
           TmbMessage* const  why)
{
  const char* root = NULL;
  if (self->n_taken < self->search.n_paths) {
    root = self->search.paths[self->n_taken++];
  } else if (!self->list_is_over) {
    const TmbStatus status = next_in_list(self, &root, why);
    if (status) {
      *path = self->search.list;
      return status;
    }
  }
  if (!root) {
    return TMB_OK;
  }

  self->root_has_any = false;
  self->root         = strdup(root);
  if (!self->root ||
      tmb_walk_new(root, self->search.probe, self->search.data, &self->walk)) {
    end_walk(self);
    *path = root;
    return tmb_fail(
      TMB_NO_MEMORY, why, "%s: out of memory", tmb_text_shown(root));
  }
  return TMB_OK;
}

TmbStatus
tmb_finder_next(TmbFinder* const   finder,
                const char** const path,
                TmbMessage* const  why)
{
  *path = NULL;
  for (;;) {
    if (!finder->walk) {
      const TmbStatus status = begin_walk(finder, path, why);
      if (!finder->walk) {
        return status;
      }
    }

    const TmbStatus status = tmb_walk_next(finder->walk, path, why);
    if (*path) {
      finder->root_has_any = true;
      return status;
    }
    if (!finder->root_has_any) {
      finder->root_has_any = true; // Told once, then it ends as others do
      *path                = finder->root;
      return tmb_fail(TMB_NO_FILE,
                      why,
                      "%s: there is no sound file in this folder",
                      tmb_text_shown(finder->root));
    }
    end_walk(finder);
  }
}

const char*
tmb_finder_relative(const TmbFinder* const finder, const char* const path)
{
  const size_t n = finder->root ? strlen(finder->root) : 0U;
  if (!n || strncmp(path, finder->root, n) != 0) {
    return path;
  }
  const char* const below = path + n + strspn(path + n, "/");
  return *below && (finder->root[n - 1U] == '/' || path[n] == '/') ? below
                                                                   : path;
}
