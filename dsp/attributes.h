// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_ATTRIBUTES_H
#define TMB_ATTRIBUTES_H

/**
   Bounded time, no allocation, lock, file, log or system call.

   clang from version 20 on checks it, when it compiles (`-Wfunction-effects`)
   and when it runs (`-fsanitize=realtime`), see `make check-realtime`;
   elsewhere it is documentation, and tests/ count the calls that a real-time
   function may not make.  It is part of a function's type: a header's
   declaration is enough for the definition, and pointers to functions can have
   it too.
*/
#if defined(__clang__) && __clang_major__ >= 20
#  define TMB_REALTIME __attribute__((nonblocking))
#else
#  define TMB_REALTIME
#endif

/**
   Declare a library's function once more, as TMB_REALTIME, which its own header
   does not say; where this is written it also says why it is so.  Only the
   compiler takes it on trust: when it runs, what the function does is checked.
*/
#if defined(__clang__) && __clang_major__ >= 20
#  define TMB_TRUST(declaration)                                               \
    _Pragma("clang diagnostic push")                                           \
      _Pragma("clang diagnostic ignored \"-Wfunction-effect-redeclarations\"") \
        TMB_REALTIME declaration;                                              \
    _Pragma("clang diagnostic pop")
#else
#  define TMB_TRUST(declaration)
#endif

/**
   Compiled for AVX2 as well, which is chosen when the program starts, where
   the processor has it.  For loops that vectorise: since nothing is contracted
   or reordered, the results are the same to the bit.  Only for static
   functions: others would be exported from the plugin, and with clang 14 all
   are.  Sanitizers start too late for the choice.

   TMB_WIDEST is for AVX-512 too: where that pays, and only in training, since
   it can make a processor slow down for all that runs on it.
*/
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__clang__) && \
  !defined(TMB_SANITIZED)
#  define TMB_WIDE __attribute__((target_clones("avx2", "default")))
#  define TMB_WIDEST \
    __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#  define TMB_WIDE
#  define TMB_WIDEST
#endif

/// Becomes part of what calls it, which may be compiled for other processors.
#define TMB_INLINE static inline __attribute__((always_inline))

/// The result must be looked at.
#define TMB_NODISCARD __attribute__((warn_unused_result))

/// printf-like: format is argument `f`, its first value argument `v`.
#define TMB_PRINTF(f, v) __attribute__((format(printf, f, v)))

#endif // TMB_ATTRIBUTES_H
