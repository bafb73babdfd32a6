# Copyright 2026 the Timbrel authors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# make              build/timbrel and build/timbrel.lv2
# make demo         install what is missing, build, label the demo recordings
# make check        install what is missing, build, run all tests
# make help         the other targets

VERSION = 0.1.0

PREFIX ?= /usr/local
LV2DIR ?= $(PREFIX)/lib/lv2
# Ardour looks for scripts below its own prefix and in ~/.config/ardour7/scripts.
ARDOURDIR ?= $(PREFIX)/share/ardour7/scripts

CC         ?= cc
PKG_CONFIG ?= pkg-config
CFLAGS     ?= -O3 -g
B          ?= build$(if $(SANITIZE),-san)

WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wdouble-promotion \
           -Wstrict-prototypes -Wmissing-prototypes -Wcast-qual -Wvla -Wundef

# Products keep to _POSIX_C_SOURCE; no -ffast-math, which licenses dropping the
# checks for NaN, and no contraction, which makes results differ by machine.
# Nobody looks at errno after sqrtf(), nor traps: so loops with it vectorise.
override CPPFLAGS += -I. -D_XOPEN_SOURCE=700 -DTMB_VERSION='"$(VERSION)"'
# WERROR=1 is for CI: a user's newer compiler may warn of more.
override CFLAGS   += -std=c11 -fPIC -fvisibility=hidden -ffp-contract=off \
                     -fno-math-errno -fno-trapping-math \
                     -MMD -MP $(WARNINGS) $(if $(filter 1,$(WERROR)),-Werror) \
                     $(SANITIZE:%=-fsanitize=%) \
                     $(if $(SANITIZE),-fno-omit-frame-pointer -DTMB_SANITIZED)
override LDFLAGS  += $(SANITIZE:%=-fsanitize=%)

# Lazy: nothing asks pkg-config before the packages are there.
pc = $(shell $(PKG_CONFIG) --$(1) $(2))

# FFmpeg is used if it is there: asked at once, and again by the make that runs
# when what was missing is installed.  FFMPEG_PC= does without.
FFMPEG_PC = libavformat libavcodec 'libavutil >= 57.24.100'
ffmpeg   := $(if $(shell $(PKG_CONFIG) --exists $(FFMPEG_PC) 2>/dev/null && \
            echo 1),$(FFMPEG_PC))

DSP_PC     = fftw3f jansson
PLUGIN_PC  = lv2
TRAINER_PC = sndfile nettle fftw3 libzip libprotobuf-c libcurl
TEST_PC    = cmocka lilv-0 lv2 sndfile samplerate libzip
DSP_LIBS     = -lfftw3f_threads $(call pc,libs,$(DSP_PC)) -lm
# OpenBLAS, FluidSynth and FFmpeg are loaded at run time, see trainer/blas.h
TRAINER_LIBS = -lfftw3_threads $(call pc,libs,$(TRAINER_PC)) -lcsv -ldl -pthread

objects     = $(patsubst %.c,$(B)/%.o,$(wildcard $(1)/*.c))
dsp        := $(call objects,dsp)
plugin     := $(call objects,plugin)
trainer    := $(filter-out $(if $(ffmpeg),,$(B)/trainer/decoder_ffmpeg.o \
                $(B)/trainer/ffmpeg%.o), \
                $(call objects,trainer)) $(B)/onnx/onnx.pb-c.o
decoders   := $(filter $(B)/trainer/decoder%.o $(B)/trainer/ffmpeg%.o, \
                $(trainer))
support    := $(call objects,tests/support)
demo_host  := $(addprefix $(B)/tests/support/,\
                host.o host_events.o host_messages.o host_state.o host_worker.o \
                urids.o)
# SKIP='phrases sweep' leaves test programs out
tests      := $(filter-out $(SKIP:%=$(B)/tests/test_%), \
                $(patsubst %.c,$(B)/%,$(wildcard tests/test_*.c)))

bundle  = $(B)/timbrel.lv2
command = $(B)/timbrel
ttl     = $(patsubst ttl/%.ttl.in,$(bundle)/%.ttl,$(wildcard ttl/*.ttl.in)) \
          $(bundle)/presets.ttl

all: $(command) $(bundle)/timbrel.so $(ttl) $(bundle)/factory.safetensors

$(command): $(trainer) $(dsp)
	$(CC) $(LDFLAGS) -o $@ $^ $(TRAINER_LIBS) $(DSP_LIBS)

# Sanitizers' runtimes are not linked into shared objects: no --no-undefined.
# A host that unloads the plugin must not unload FFTW, whose planner would leak.
$(bundle)/timbrel.so: $(plugin) $(dsp)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -shared $(if $(SANITIZE),,-Wl,--no-undefined) \
	  -Wl,-z,nodelete -o $@ $^ $(DSP_LIBS) -pthread

$(bundle)/%.ttl: ttl/%.ttl.in ttl/expand.awk $(wildcard ttl/*.part.ttl) Makefile
	@mkdir -p $(@D)
	awk -v minor=$(word 2,$(subst ., ,$(VERSION))) \
	    -v micro=$(word 3,$(subst ., ,$(VERSION))) -f ttl/expand.awk $< >$@

# What the presets apply to.  Hosts find them by what the manifest says.
preset_plugins = <urn:timbrel:mono>, <urn:timbrel:stereo>, <urn:timbrel:cv>
$(bundle)/presets.ttl: presets/presets.ttl.in Makefile
	@mkdir -p $(@D)
	sed 's/@PLUGINS@/$(preset_plugins)/' $< >$@

$(bundle)/manifest.ttl: ttl/manifest.ttl.in presets/presets.ttl.in Makefile
	@mkdir -p $(@D)
	cp $< $@
	sed -n 's/^preset:.* a pset:Preset ;$$/& lv2:appliesTo $(preset_plugins) ; rdfs:seeAlso <presets.ttl> ./p' \
	  presets/presets.ttl.in >>$@

$(bundle)/factory.safetensors: presets/factory.safetensors
	@mkdir -p $(@D)
	cp $< $@

# What TMB_REALTIME promises, which clang can prove where it knows it.
EFFECTS = $(if $(filter realtime,$(SANITIZE)),-Werror=function-effects)

# Private, or they would leak into the objects of other parts.
$(B)/dsp/%.o:     private PKG_CFLAGS = $(call pc,cflags,$(DSP_PC)) $(EFFECTS)
$(B)/plugin/%.o:  private PKG_CFLAGS = $(call pc,cflags,$(PLUGIN_PC)) $(EFFECTS)
$(B)/trainer/%.o: private PKG_CFLAGS = $(call pc,cflags,$(TRAINER_PC) jansson openblas $(ffmpeg)) \
                   $(if $(ffmpeg),-DTMB_FFMPEG) \
                   -DTMB_LV2DIR='"$(LV2DIR)"' -isystem $(B)/onnx
$(B)/tests/%.o:   private PKG_CFLAGS = $(call pc,cflags,$(TEST_PC) $(DSP_PC) openblas) \
                   -isystem $(B)/onnx
$(B)/tools/%.o:   private PKG_CFLAGS = $(call pc,cflags,sndfile $(DSP_PC) openblas)
$(B)/onnx/%.o:    private PKG_CFLAGS = $(call pc,cflags,libprotobuf-c) -w
# The demo's host, which must build where cmocka is not installed.
$(demo_host):     private PKG_CFLAGS = $(call pc,cflags,lilv-0 lv2)

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(PKG_CFLAGS) $(CFLAGS) -c -o $@ $<

# Made anew when FFmpeg has come or gone.
$(B)/trainer/decoder.o: $(B)/$(if $(ffmpeg),with,without)-ffmpeg
$(B)/with-ffmpeg $(B)/without-ffmpeg:
	@mkdir -p $(@D)
	@rm -f $(B)/with-ffmpeg $(B)/without-ffmpeg
	@touch $@

# ONNX's messages as C structures; the code's warnings are protobuf-c's affair.
$(B)/onnx/%.pb-c.c $(B)/onnx/%.pb-c.h: trainer/%.proto
	@mkdir -p $(@D)
	protoc-c --proto_path=trainer --c_out=$(@D) $<

$(B)/onnx/onnx.pb-c.o: $(B)/onnx/onnx.pb-c.c
	$(CC) $(CPPFLAGS) $(PKG_CFLAGS) $(CFLAGS) -c -o $@ $<

$(B)/trainer/onnx_file.o $(B)/trainer/onnx_graph.o $(B)/trainer/onnx_network.o \
$(B)/tests/test_export.o: $(B)/onnx/onnx.pb-c.h

# One test links everything but main, so that it may look at any part; its
# allocations can be made to fail, see tests/support/alloc.h.
WRAP = -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc

$(tests): $(B)/%: $(B)/%.o $(support) $(dsp) $(plugin) \
                  $(filter-out %/main.o,$(trainer))
	$(CC) $(LDFLAGS) $(WRAP) -rdynamic -o $@ $^ $(TRAINER_LIBS) $(DSP_LIBS) \
	  $(call pc,libs,$(TEST_PC)) -ldl

# A decoder with all faults, which one test has loaded before libsndfile.
$(B)/tests/test_label_hostile: | $(B)/tests/hostile/decoder.so

$(B)/tests/hostile/decoder.so: $(B)/tests/hostile/decoder.o
	$(CC) $(LDFLAGS) -shared -o $@ $^ -ldl

# --- Try it -----------------------------------------------------------------

demo:
	@scripts/install-deps.sh demo
	@$(MAKE) --no-print-directory all $(B)/tools/demo
	@$(B)/tools/demo $(sort $(wildcard tests/demo/*.flac))

$(B)/tools/demo: $(B)/tools/demo.o $(demo_host)
	$(CC) $(LDFLAGS) -o $@ $^ $(call pc,libs,lilv-0 sndfile jansson) -lm -pthread

# --- Tests ------------------------------------------------------------------

check:
	@scripts/install-deps.sh check
	@$(MAKE) --no-print-directory run-tests

# Every test runs, also after one that failed; the last lines are cmocka's.
run-tests: all $(tests)
	@$(if $(SKIP),echo 'left out: $(SKIP)')
	@tests/run_tests.sh $(tests)

# Jalv on a JACK server without sound hardware; takes a quarter of a minute.
check-jack:
	@scripts/install-deps.sh check
	@$(MAKE) --no-print-directory all
	tests/hosts/check_jack.sh $(B)

# ffmpeg's lv2 filter and lilv's tools; a few seconds.
check-tools:
	@scripts/install-deps.sh check tools
	@$(MAKE) --no-print-directory all
	tests/hosts/check_tools.sh $(B)

# Ardour with the plugin and the scripts, without hardware or screen; takes half
# a minute, and installs Ardour.
check-ardour:
	@scripts/install-deps.sh check tools ardour
	@$(MAKE) --no-print-directory all
	tests/hosts/check_ardour.sh $(B)

# One after another: they play in real time.
check-hosts:
	@scripts/install-deps.sh check tools ardour
	@$(MAKE) --no-print-directory all
	tests/hosts/check_tools.sh $(B)
	tests/hosts/check_jack.sh $(B)
	tests/hosts/check_ardour.sh $(B)

# The plugins under sanitizers that gcc 12 lacks, or that it can't start where
# addresses are as random as in newer kernels.
check-realtime:
	@scripts/install-deps.sh check sanitizers
	@$(MAKE) --no-print-directory run-check-realtime \
	  B=$(B)-realtime SANITIZE=realtime CC=clang-22

check-threads:
	@scripts/install-deps.sh check sanitizers
	@$(MAKE) --no-print-directory run-check-threads \
	  B=$(B)-threads SANITIZE=thread CC=clang-22

run-check-realtime run-check-threads: run-check-%: \
    $(B)/tests/sanitized/check_% $(bundle)/timbrel.so $(ttl) \
    $(bundle)/factory.safetensors
	$< $(bundle)

sanitized = $(B)/trainer/random.o $(addprefix $(B)/tests/support/, \
              files.o host_worker.o ordeal.o process.o rig.o urids.o)
$(B)/tests/sanitized/check_realtime $(B)/tests/sanitized/check_threads: \
    %: %.o $(sanitized)
	$(CC) $(LDFLAGS) -rdynamic -o $@ $^ $(call pc,libs,cmocka lilv-0) \
	  -lm -ldl -pthread

# A job array of timbrel label on a Slurm of its own, with accidents, and GNU
# parallel; a minute, as root.
check-slurm:
	@scripts/install-deps.sh check slurm
	@$(MAKE) --no-print-directory all
	tests/hosts/check_slurm.sh $(B)

# Exported models in onnxruntime, which takes 290 MB from npm.
check-onnx:
	@scripts/install-deps.sh check onnx
	cd tests/onnx && npm ci --ignore-scripts --no-audit --no-fund
	@$(MAKE) --no-print-directory $(B)/tests/test_interop
	$(B)/tests/test_interop

# Reports in headless Chromium, wide and narrow, light and dark; the pictures
# stay in $(B)/report.
check-report:
	@scripts/install-deps.sh browser
	@$(MAKE) --no-print-directory run-check-report

run-check-report: all $(B)/tests/browser/report_files
	tests/browser/check_report.sh $(B)

$(B)/tests/browser/report_files: $(addprefix $(B)/, \
    tests/browser/report_files.o tests/support/report_files.o \
    trainer/history.o trainer/csv_table.o trainer/random.o \
    trainer/regular_file.o dsp/status.o)
	$(CC) $(LDFLAGS) -o $@ $^ $(call pc,libs,cmocka jansson) -lcsv -lm

# No leak and no invalid access in the demo, command and plugin.
check-leaks:
	@scripts/install-deps.sh demo leaks
	@$(MAKE) --no-print-directory run-check-leaks

VALGRIND = valgrind --quiet --error-exitcode=1 --leak-check=full \
  --show-leak-kinds=definite,indirect,possible \
  --errors-for-leak-kinds=definite,indirect,possible

run-check-leaks: all $(B)/tools/demo
	$(VALGRIND) $(command) label tests/demo/piano.flac
	$(VALGRIND) $(B)/tools/demo tests/demo/piano.flac

FUZZ_SECONDS ?= 60
fuzz:
	@scripts/install-deps.sh fuzz
	@$(MAKE) --no-print-directory run-fuzz

run-fuzz:
	@mkdir -p $(B)-fuzz/corpus $(B)-fuzz/corpus-array
	clang -g -O1 $(CPPFLAGS) -std=c11 -fsanitize=fuzzer,address,undefined \
	  $(call pc,cflags,$(DSP_PC)) -o $(B)-fuzz/model \
	  tests/fuzz/fuzz_model.c $(wildcard dsp/*.c) $(DSP_LIBS)
	$(B)-fuzz/model -max_total_time=$(FUZZ_SECONDS) $(B)-fuzz/corpus \
	  tests/golden/model tests/golden/torch
	clang -g -O1 $(CPPFLAGS) -std=c11 -fsanitize=fuzzer,address,undefined \
	  -o $(B)-fuzz/array tests/fuzz/fuzz_array.c \
	  trainer/npy_header.c trainer/npy_dictionary.c trainer/npy_values.c \
	  dsp/status.c -lm
	$(B)-fuzz/array -max_total_time=$(FUZZ_SECONDS) $(B)-fuzz/corpus-array \
	  tests/golden/arrays

# --- Style ------------------------------------------------------------------

sources = $(wildcard dsp/*.[ch] plugin/*.[ch] trainer/*.[ch] tools/*.[ch] \
            tests/*.[ch] tests/support/*.[ch] tests/fuzz/*.[ch] \
            tests/browser/*.[ch] tests/hostile/*.[ch] tests/sanitized/*.[ch])
scripts = $(wildcard scripts/*.sh tests/*.sh tests/*/*.sh tests/*/*/*.sh) \
          .ci/run

lint:
	@scripts/install-deps.sh lint
	@$(MAKE) --no-print-directory run-lint

run-lint: all compile_commands.json
	clang-format --dry-run -Werror $(sources)
	printf '%s\n' $(filter %.c,$(sources)) | \
	  xargs -P $$(nproc) -n 6 clang-tidy --quiet -p . 2>/dev/null
	cppcheck --quiet --std=c11 -I. -D_XOPEN_SOURCE=700 -D__linux__ \
	  -DTMB_VERSION='"0"' -DTMB_LV2DIR='"/"' --inline-suppr \
	  --enable=warning,portability --error-exitcode=1 $(filter %.c,$(sources))
	shellcheck -x $(scripts)
	found=$$(lv2_validate $(bundle)/*.ttl 2>&1) && ! echo "$$found" | \
	  grep -v '^Found 0 errors' | grep -iE 'error|warning'
	! grep -nE 'include .*(lv2|sndfile|samplerate|plugin/|trainer/)' dsp/*.[ch]
	test -z "$$(grep -L 'SPDX-License-Identifier: GPL-3.0-or-later' \
	  $(sources) $(scripts) $(wildcard ardour/*.lua tests/hosts/ardour/*.lua))"

compile_commands.json: Makefile $(sources)
	bear --output $@ -- $(MAKE) --no-print-directory -B B=build-lint CC=clang \
	  all $(patsubst build/%,build-lint/%.o,$(tests)) \
	  $(patsubst build/%,build-lint/%,$(support)) \
	  $(patsubst tools/%.c,build-lint/tools/%.o,$(wildcard tools/*.c)) \
	  build-lint/tests/browser/report_files.o \
	  build-lint/tests/hostile/decoder.o \
	  $(patsubst %.c,build-lint/%.o,$(wildcard tests/sanitized/*.c))

format:
	clang-format -i $(sources)

# --- What is made and kept --------------------------------------------------

# The recordings are in the repository; this is how they were made.
SOUNDFONT ?= /usr/share/sounds/sf2/FluidR3_GM.sf2
demo-recordings:
	@scripts/install-deps.sh recordings
	@$(MAKE) --no-print-directory $(B)/tools/render_demo
	$(B)/tools/render_demo $(SOUNDFONT) tests/demo

$(B)/tools/render_demo: $(addprefix $(B)/,tools/render_demo.o \
    trainer/synth.o trainer/fluid.o trainer/audio_writer.o \
    trainer/regular_file.o dsp/status.o)
	$(CC) $(LDFLAGS) -o $@ $^ $(call pc,libs,sndfile) -ldl -lm

# The README's picture.
picture:
	@scripts/install-deps.sh picture
	@$(MAKE) --no-print-directory all
	@mkdir -p docs
	scripts/draw-demo.sh $(command) docs/demo.png $(wildcard tests/demo/*.flac)

# The tutorial's pictures, by its own commands.
tutorial-pictures:
	@scripts/install-deps.sh check
	@$(MAKE) --no-print-directory all
	scripts/draw-tutorial.sh $(B)

# Ardour's window, on a screen of its own.
ardour-pictures:
	@scripts/install-deps.sh check tools ardour window
	@$(MAKE) --no-print-directory all
	scripts/draw-ardour.sh $(B) docs

# The factory model, from CORPUS (manifest.csv, folds.csv) and from soundfonts.
# FluidR3 stays out: it is what anyone can measure the model with.
CORPUS ?= ../shared/audio
FACTORY_CORPORA = $(CORPUS) $(addprefix $(B)/corpora/,timgm6mb csound \
                    generaluser a320u noises speech)
FACTORY_OPTIONS = --epochs 80 --threads 2 --cache $(B)/notes.cache \
                    --skip-licence 'UNCLEAR*' --skip-licence '*-NC-*'

factory-corpora:
	@scripts/install-deps.sh recordings
	@$(MAKE) --no-print-directory $(command)
	scripts/factory-corpora.sh $(command) $(CORPUS) $(B)/corpora

factory: factory-corpora
	$(command) train $(FACTORY_CORPORA) $(FACTORY_OPTIONS) \
	  --split recordings,sources,segments \
	  -o presets/factory.safetensors \
	  --licence 'GPL-3.0-or-later; attributions in presets/README.md'

# Sources left out in turn, with another SEED.
SEED ?= 2
unheard-sources: factory-corpora
	$(command) train $(FACTORY_CORPORA) $(FACTORY_OPTIONS) \
	  --split recordings,sources --seed $(SEED) \
	  -o $(B)/seed-$(SEED).safetensors

# How right a model is about a font that it never heard, and whether it knows
# that other sounds are no instrument's.
MODEL ?= presets/factory.safetensors
UNHEARD ?= $(B)/unheard.json
unheard:
	@scripts/install-deps.sh recordings
	@$(MAKE) --no-print-directory all
	scripts/unheard-corpora.sh $(command) $(SOUNDFONT) $(B)/unheard
	$(command) evaluate $(MODEL) $(addprefix $(B)/unheard/,fluidr3 speech \
	  chords) --cache $(B)/unheard.cache --phrases 4 --json $(UNHEARD)

# The tables and the picture of the model's card, also of other seeds' models
# from unheard-sources.
CARD_SEEDS = 2 3
CARD_MODELS = presets/factory $(CARD_SEEDS:%=$(B)/seed-%)
card:
	@scripts/install-deps.sh picture
	for model in $(CARD_MODELS); do \
	  $(MAKE) --no-print-directory unheard MODEL=$$model.safetensors \
	    UNHEARD=$(B)/unheard-$${model##*/}.json || exit; \
	done
	scripts/write-card.py docs/factory-model.md $(CORPUS)/manifest.csv \
	  $(foreach m,$(CARD_MODELS),$(m).safetensors=$(B)/unheard-$(notdir $m).json)
	scripts/draw-card.sh $(B)/unheard-factory.json docs/factory-model.png

# What docs/cluster.md says of costs, for this machine's cores.
cluster-sizes:
	@scripts/install-deps.sh picture
	@$(MAKE) --no-print-directory all
	scripts/size-cluster.py $(command) docs/cluster.md $(wildcard tests/demo/*.flac)

# How fast it is, beside aubio and beside the transforms alone; and training,
# beside PyTorch, scikit-learn and beside the matrix products alone.
bench:
	@scripts/install-deps.sh demo bench
	@$(MAKE) --no-print-directory run-bench
	@$(MAKE) --no-print-directory run-bench-train

bench-train:
	@scripts/install-deps.sh bench
	@$(MAKE) --no-print-directory run-bench-train

# Labelling alone, of an archive and of a long recording.
bench-label:
	@scripts/install-deps.sh bench
	@$(MAKE) --no-print-directory run-bench-label

run-bench-label: all $(B)/tools/bench_decode
	@tools/bench_label.sh $(B)

$(B)/tools/bench_decode: $(B)/tools/bench_decode.o $(dsp) \
                         $(filter-out %/main.o,$(trainer))
	$(CC) $(LDFLAGS) -o $@ $^ $(TRAINER_LIBS) $(DSP_LIBS)

run-bench: all $(B)/tools/bench $(B)/bench/ten.wav
	@mkdir -p $(B)/bench/lv2
	@ln -sfn ../../timbrel.lv2 $(B)/bench/lv2/timbrel.lv2
	@$(B)/tools/bench $(B)

$(B)/bench/ten.wav: $(B)/tools/bench_sound
	@mkdir -p $(@D)
	$< $(@D)

$(B)/tools/bench_sound: $(addprefix $(B)/, \
    tools/bench_sound.o tools/bench_notes.o trainer/random.o)
	$(CC) $(LDFLAGS) -o $@ $^ $(call pc,libs,sndfile) -lm

# FFTW's planner is wrapped, to do without vector instructions.
bench_parts = bench bench_blocks bench_child bench_clock bench_floor \
              bench_notes bench_report bench_rows bench_steps bench_vectors
$(B)/tools/bench: $(bench_parts:%=$(B)/tools/%.o) $(demo_host) $(dsp) \
                  $(B)/trainer/random.o
	$(CC) $(LDFLAGS) -Wl,--wrap=fftwf_plan_dft_1d -o $@ $^ \
	  $(call pc,libs,lilv-0 sndfile) $(DSP_LIBS) -pthread

run-bench-train: $(command) $(B)/tools/bench_train $(B)/bench/train_x.npy
	@cd $(B)/bench && ../tools/bench_train $(CURDIR)/tools/bench_train

$(B)/bench/train_x.npy: tools/bench_train/data_set.py
	@mkdir -p $(@D)
	/usr/bin/python3 $< $(@D)

$(B)/tools/bench_train: $(addprefix $(B)/, \
    tools/bench_train.o tools/bench_train_report.o tools/bench_child.o \
    tools/bench_clock.o tools/bench_load.o tools/bench_products.o \
    tools/bench_rows.o trainer/blas.o trainer/csv_table.o trainer/history.o \
    trainer/regular_file.o dsp/status.o)
	$(CC) $(LDFLAGS) -o $@ $^ $(call pc,libs,jansson) -lcsv -ldl -lm

# How well onsets are found in phrases of real notes, by class; tuned on odd.
phrases:
	@scripts/install-deps.sh
	@$(MAKE) --no-print-directory all $(B)/tools/render_phrases
	rm -rf $(B)/phrases
	$(B)/tools/render_phrases $(CORPUS) $(B)/phrases
	$(command) onsets $(B)/phrases/odd
	$(command) onsets $(B)/phrases/even

$(B)/tools/render_phrases: $(addprefix $(B)/,tools/render_phrases.o \
    tests/support/phrases.o tests/support/phrase_list.o \
    trainer/audio_file.o trainer/csv_table.o trainer/phrase.o \
    trainer/phrase_note.o trainer/random.o trainer/regular_file.o \
    trainer/sound_header.o dsp/status.o) $(decoders)
	$(CC) $(LDFLAGS) -o $@ $^ $(call pc,libs,sndfile) -lcsv -ldl -lm \
	  -pthread

# --- Install ----------------------------------------------------------------

ardour_scripts = $(wildcard ardour/*.lua)

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(LV2DIR)/timbrel.lv2
	install -m 755 $(command) $(DESTDIR)$(PREFIX)/bin
	install -m 755 $(bundle)/timbrel.so $(DESTDIR)$(LV2DIR)/timbrel.lv2
	install -m 644 $(ttl) $(bundle)/factory.safetensors \
	  $(DESTDIR)$(LV2DIR)/timbrel.lv2
	install -d $(DESTDIR)$(ARDOURDIR)
	install -m 644 $(ardour_scripts) $(DESTDIR)$(ARDOURDIR)

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/timbrel
	rm -rf $(DESTDIR)$(LV2DIR)/timbrel.lv2
	rm -f $(ardour_scripts:ardour/%=$(DESTDIR)$(ARDOURDIR)/%)

clean:
	rm -rf build build-* compile_commands.json tests/onnx/node_modules

help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile
	@echo 'make check-jack   Jalv on a JACK server plays the demo'
	@echo 'make check-tools  ffmpeg and lilv run the plugin'
	@echo 'make check-ardour Ardour runs it with its scripts'
	@echo 'make check-hosts  all three'
	@echo 'make check-slurm  a Slurm of its own and GNU parallel label an archive'
	@echo 'make check-onnx   exported models in onnxruntime, from npm'
	@echo 'make check-report Chromium shows reports, wide and narrow'
	@echo 'make check-realtime   clang 22 proves that run() never blocks'
	@echo 'make check-threads    ThreadSanitizer over model swap and state'
	@echo 'make check-leaks  valgrind on the demo'
	@echo 'make fuzz         libFuzzer on the readers (FUZZ_SECONDS=60)'
	@echo 'make lint         formatting, static analysis, LV2 metadata'
	@echo 'make format       clang-format on all sources'
	@echo 'make factory      train presets/factory.safetensors (CORPUS=folder)'
	@echo 'make factory-corpora  make what it is trained on beside CORPUS'
	@echo 'make unheard-sources  sources left out in turn (CORPUS=folder SEED=n)'
	@echo 'make demo-recordings   render tests/demo (SOUNDFONT=file)'
	@echo 'make unheard      accuracy on FluidR3, which the model never heard'
	@echo 'make card         fill in docs/factory-model.md, for three seeds'
	@echo 'make cluster-sizes  compute the costs in docs/cluster.md again'
	@echo 'make bench        time it beside aubio, PyTorch and the floor of each'
	@echo 'make bench-train  training alone of that'
	@echo 'make bench-label  labelling with one job and more, beside decoding'
	@echo 'make phrases      onsets found in phrases of notes (CORPUS=folder)'
	@echo 'make picture      draw docs/demo.png'
	@echo 'make tutorial-pictures  draw those of docs/tutorial.md'
	@echo 'make ardour-pictures    draw those of docs/hosts.md'
	@echo 'make install      DESTDIR= PREFIX= LV2DIR= ARDOURDIR=; make uninstall'

.PHONY: all demo check run-tests check-jack check-tools check-ardour \
        check-hosts check-onnx check-report run-check-report check-realtime \
        run-check-realtime check-threads run-check-threads check-leaks \
        run-check-leaks fuzz run-fuzz lint run-lint format demo-recordings \
        picture tutorial-pictures ardour-pictures factory factory-corpora \
        unheard-sources unheard card bench run-bench bench-train \
        run-bench-train bench-label run-bench-label phrases install uninstall \
        clean help check-slurm cluster-sizes
.DELETE_ON_ERROR:

-include $(shell find $(B) -name '*.d' 2>/dev/null)
