// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/model.h"
#include "trainer/audio_file.h"
#include "trainer/commands.h"
#include "trainer/file_kind.h"
#include "trainer/options.h"
#include "trainer/own_net.h"
#include "trainer/text.h"

#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GROUPED_SIZE 32U ///< Bytes for any number with commas

static void
print_help(void)
{
  (void)fputs("Usage: timbrel info FILE...\n"
              "Describe models (layers, classes, front end, origin, accuracy) "
              "and recordings.\n"
              "\n"
              "  -h, --help         print this\n",
              stdout);
}

/// A number with its thousands apart: 33,546.
static const char*
grouped(const uint64_t number, char text[GROUPED_SIZE])
{
  char      digits[GROUPED_SIZE];
  const int n   = snprintf(digits, sizeof(digits), "%" PRIu64, number);
  char*     end = text;
  for (int i = 0; i < n; ++i) {
    if (i && (n - i) % 3 == 0) {
      *end++ = ',';
    }
    *end++ = digits[i];
  }
  *end = '\0';
  return text;
}

/// A layer as one line of a table: what it is, and what comes out of it.
static void
print_layer(const TmbLayer* const layer, const uint32_t number)
{
  char        type[GROUPED_SIZE];
  char        output[GROUPED_SIZE];
  char        text[GROUPED_SIZE];
  const char* activation = "";
  (void)snprintf(type, sizeof(type), "%s", tmb_layer_names[layer->kind]);
  (void)snprintf(output,
                 sizeof(output),
                 "%u x %u",
                 layer->out_channels,
                 layer->n_out / layer->out_channels);
  switch (layer->kind) {
    case TMB_DENSE:
      activation = tmb_activation_names[layer->activation];
      (void)snprintf(output, sizeof(output), "%u", layer->n_out);
      break;
    case TMB_CONV:
      activation = tmb_activation_names[layer->activation];
      (void)snprintf(type, sizeof(type), "conv %u", layer->width);
      break;
    case TMB_POOL:
      (void)snprintf(type, sizeof(type), "pool %u", layer->width);
      break;
    case TMB_IDCT:
      if (layer->n_views > 1U) {
        (void)snprintf(type, sizeof(type), "idct * %u", layer->n_views);
      }
      break;
  }
  (void)printf("  %8u  %-10s%-12s%-12s%12s\n",
               number,
               type,
               activation,
               output,
               grouped(tmb_layer_parameters(layer), text));
}

static void
print_network(const TmbNet* const net)
{
  char        text[GROUPED_SIZE];
  const char* plus  = "";
  uint64_t    total = 0U;
  (void)printf("  network\n"
               "     inputs: %u\n"
               "     layer  type      activation  output        parameters\n",
               tmb_net_inputs(net));
  for (uint32_t i = 0U; i < net->n_layers; ++i) {
    print_layer(&net->layers[i], i + 1U);
  }

  (void)fputs("     parameters:", stdout);
  for (uint32_t i = 0U; i < net->n_layers; ++i) {
    const uint64_t n = tmb_layer_parameters(&net->layers[i]);
    if (n) {
      (void)printf("%s %s", plus, grouped(n, text));
      plus = " +";
    }
    total += n;
  }
  (void)printf(" = %s\n", grouped(total, text));
  (void)printf("     multiplications: %s\n",
               grouped(tmb_net_products(net), text));
  (void)fputs("     output: softmax at temperature", stdout);
  for (uint32_t i = 0U; i < net->n_temperatures; ++i) {
    (void)printf("%s %g", i ? "," : "", (double)net->temperatures[i]);
  }
  (void)putchar('\n');
}

static void
print_front_end(const TmbFrontEnd* const front_end)
{
  if (!front_end) {
    (void)puts("  front end: none, it was trained on external features");
    return;
  }

  (void)printf("  front end\n"
               "     window %.4g ms, hop %.4g ms, levels as at %g Hz\n"
               "     %u bands from %g to %g Hz, %s mel\n"
               "     %u coefficients of %u segments in %u frames, down to "
               "-%g dB\n"
               "     named at an age of",
               1e3 * front_end->window_s,
               1e3 * front_end->hop_s,
               front_end->rate_hz,
               front_end->n_bands,
               front_end->fmin_hz,
               front_end->fmax_hz,
               tmb_scale_names[front_end->scale],
               front_end->n_coeffs,
               front_end->n_segments,
               tmb_front_end_note_frames(front_end),
               front_end->floor_db);
  for (uint32_t i = 0U; i < front_end->n_ages; ++i) {
    (void)printf("%s %u", i ? "," : "", front_end->ages[i].ms);
  }
  (void)puts(" ms");
}

static void
print_classes(const TmbModel* const model)
{
  const uint32_t n = tmb_model_n_classes(model);
  (void)printf("  classes: %u%s\n"
               "     program  name              family\n",
               n,
               (tmb_model_n_outputs(model) > n) ? ", and what is none of them"
                                                : "");
  for (uint32_t i = 0U; i < n; ++i) {
    const TmbClass* const class = tmb_model_class(model, i);
    const size_t length         = tmb_text_length(class->name);
    char         program[12]    = "none";
    if (class->program >= 0) {
      (void)snprintf(program, sizeof(program), "%d", class->program);
    }
    (void)printf("  %10s  %s%*s%s\n",
                 program,
                 class->name,
                 length < 18U ? (int)(18U - length) : 1,
                 "",
                 class->family);
  }
}

static void
print_text(const char* const text)
{
  char* const clean = tmb_text_clean(text, true);
  (void)fputs(clean ? clean : "?", stdout);
  free(clean);
}

/// A string as it is, another scalar as JSON.
static void
print_scalar(const json_t* const value)
{
  char* const text =
    json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(6));
  print_text(json_is_string(value) ? json_string_value(value)
             : text                ? text
                                   : "?");
  free(text);
}

/// A value of the metadata: an object member by member, an array as a list.
static void
print_value(json_t* const value, const int indent)
{
  const char* key    = NULL;
  json_t*     member = NULL;
  size_t      i      = 0U;
  if (json_is_object(value)) {
    json_object_foreach (value, key, member) {
      (void)printf("\n%*s", indent, "");
      print_text(key);
      (void)putchar(':');
      print_value(member, indent + 3);
    }
  } else if (json_is_object(json_array_get(value, 0U))) {
    (void)printf(" %zu entries", json_array_size(value));
  } else if (json_is_array(value)) {
    json_array_foreach(value, i, member)
    {
      (void)fputs(i ? ", " : " ", stdout);
      print_scalar(member);
    }
  } else {
    (void)putchar(' ');
    print_scalar(value);
  }
}

/// What the metadata tells people: JSON, or any text.
static void
print_metadata(const TmbModel* const model)
{
  static const struct {
    const char* key;
    const char* title;
  } entries[] = {
    { TMB_KEY_TRAINING, "training" }, { TMB_KEY_ACCURACY, "accuracy" },
    { TMB_KEY_CREATOR, "creator" },   { TMB_KEY_DATE, "date" },
    { TMB_KEY_LICENCE, "licence" },
  };

  for (size_t i = 0U; i < sizeof(entries) / sizeof(*entries); ++i) {
    const char* const text = tmb_model_metadata(model, entries[i].key);
    if (text) {
      json_t* const json = json_loads(text, 0, NULL);
      (void)printf("  %s:", entries[i].title);
      if (json) {
        print_value(json, 5);
      } else {
        (void)putchar(' ');
        print_text(text);
      }
      (void)putchar('\n');
      json_decref(json);
    }
  }
}

static TmbStatus
describe_model(const char* const path, TmbMessage* const why)
{
  TmbModel*       model  = NULL;
  const TmbStatus status = tmb_model_load(path, &model, why);
  if (!status) {
    print_text(path);
    (void)printf(": Timbrel model, format %s\n",
                 tmb_model_metadata(model, TMB_KEY_FORMAT));
    print_network(tmb_model_net(model));
    print_front_end(tmb_model_front_end(model));
    print_classes(model);
    print_metadata(model);
  }
  tmb_model_free(model);
  return status;
}

static TmbStatus
describe_audio(const char* const path, TmbMessage* const why)
{
  TmbAudioFile*   file   = NULL;
  const TmbStatus status = tmb_audio_open(path, &file, why);
  if (!status) {
    const TmbAudioInfo* const info = tmb_audio_info(file);
    print_text(path);
    (void)printf(": %s, %s\n"
                 "  rate: %.0f Hz\n"
                 "  channels: %u\n",
                 info->format,
                 info->encoding,
                 info->rate_hz,
                 info->n_channels);
    if (info->n_frames) {
      (void)printf("  samples: %" PRIu64 "\n"
                   "  seconds: %.6f\n",
                   info->n_frames,
                   (double)info->n_frames / info->rate_hz);
    } else {
      (void)puts("  samples: unknown, the header does not say");
    }
  }
  tmb_audio_close(file);
  return status;
}

int
tmb_cmd_info(const int argc, char** const argv)
{
  static const struct option known[] = {
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
  };

  opterr      = 0;
  const int c = getopt_long(argc, argv, ":h", known, NULL);
  if (c == 'h') {
    print_help();
    return TMB_EXIT_OK;
  }
  if (c != -1) {
    return tmb_bad_option("info", c, argv);
  }
  if (optind == argc) {
    return tmb_usage_error("info", "which files?");
  }

  int exit_status = TMB_EXIT_OK;
  for (int i = optind; i < argc; ++i) {
    TmbMessage      why;
    const TmbStatus status = tmb_begins_like_model(argv[i])
                               ? describe_model(argv[i], &why)
                               : describe_audio(argv[i], &why);
    if (status) {
      tmb_complain("%s", why.text);
      exit_status = TMB_EXIT_FAILED;
    }
  }
  return exit_status;
}
