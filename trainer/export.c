// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/model.h"
#include "trainer/commands.h"
#include "trainer/onnx_file.h"
#include "trainer/options.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { ONNX = 256 };

static void
print_help(void)
{
  (void)puts("Usage: timbrel export --onnx OUT.onnx MODEL\n"
             "Write a model's network for use elsewhere: from features to "
             "probabilities.\n"
             "\n"
             "      --onnx FILE    ONNX file to write; its name ends in .onnx\n"
             "  -h, --help         print this");
}

/// A model that is named in its place must not be replaced.
static bool
is_onnx_name(const char* const path)
{
  static const char suffix[] = ".onnx";

  const size_t n = strlen(path);
  return n >= sizeof(suffix) &&
         !strcasecmp(path + n - (sizeof(suffix) - 1U), suffix);
}

static TmbStatus
export_model(const char* const model_path,
             const char* const onnx_path,
             TmbMessage* const why)
{
  TmbModel* model  = NULL;
  TmbStatus status = tmb_model_load(model_path, &model, why);
  if (!status) {
    status = tmb_onnx_write(onnx_path, model, why);
  }
  tmb_model_free(model);
  return status;
}

int
tmb_cmd_export(const int argc, char** const argv)
{
  static const struct option known[] = {
    { "onnx", required_argument, NULL, ONNX },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
  };

  const char* onnx_path = NULL;
  int         option    = 0;
  opterr                = 0;
  while ((option = getopt_long(argc, argv, ":h", known, NULL)) != -1) {
    if (option == 'h') {
      print_help();
      return TMB_EXIT_OK;
    }
    if (option != ONNX) {
      return tmb_bad_option("export", option, argv);
    }
    onnx_path = optarg;
  }
  if (!onnx_path) {
    return tmb_usage_error("export", "where to? name a file with --onnx");
  }
  if (!is_onnx_name(onnx_path)) {
    return tmb_usage_error("export",
                           "--onnx takes a name that ends in .onnx, not \"%s\"",
                           onnx_path);
  }
  if (argc - optind != 1) {
    return tmb_usage_error("export", "which model? name one");
  }

  TmbMessage      why;
  const TmbStatus status = export_model(argv[optind], onnx_path, &why);
  if (status) {
    tmb_complain("%s", why.text);
  }
  return status ? TMB_EXIT_FAILED : TMB_EXIT_OK;
}
