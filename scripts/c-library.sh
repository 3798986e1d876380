#!/bin/sh
# Builds capi/ with cargo, and makes of its static library the two libraries for programs:
#
#   libatomic_log.a     one object, whose only global symbols are the functions of abi/atomic_log.map. They are hidden: what
#                       links it exports none of them. Without bitcode, which other compilers take for their own.
#   libatomic_log.so.0  linked from the same object, with a version for each symbol. Beside it lies the name that programs
#                       are linked by.
#
# Usage: scripts/c-library.sh DIRECTORY [CARGO-ARGUMENT...]
#
# DIRECTORY gets the libraries. CARGO-ARGUMENT is `--release --features checked`, for example. CARGO, CC, LDFLAGS, AR,
# NM, OBJCOPY and OBJDUMP have their usual meaning, and so has CARGO_TARGET_DIR, whose default is target/c. CC_MACHINE
# tells CC its target machine: --target=aarch64-linux-gnu or -m32, for example. ONLY=static makes the static library
# alone. DEBUG_INFO=1 keeps debug information. KEEP names symbols that are kept besides those that the functions need,
# with what runs when the shared library is loaded: a profiler's runtime, for example. A library that would not change
# is not written.
#
# With `--target aarch64-unknown-linux-gnu`, for example, or CARGO_BUILD_TARGET, it builds for another machine.
# scripts/rust-for.sh finds a Rust for it. CC and the others are then by default GNU's tools for that machine,
# aarch64-linux-gnu-gcc and so on. For musl on the same processor, CC is musl-gcc.
#
# On Darwin the static library is cargo's, and the shared one is libatomic_log.0.dylib. For Windows there are
#
#   libatomic_log.a      as above, but what links it can export its functions
#   atomic_log.dll       exports the functions, and nothing else
#   libatomic_log.dll.a  what programs are linked by, for GNU's linker and lld
#   atomic_log.def       what it exports, from which other tools make such a file of their own
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
place=$1
shift
host=$("${RUSTC:-rustc}" -vV 2>/dev/null | sed -n 's/^host: //p')
system=
previous=
for argument; do
  case $argument in --target=*) system=${argument#*=} ;; esac
  [ "$previous" != --target ] || system=$argument
  previous=$argument
done
# Always passed to cargo, so that no configuration file of cargo's makes it build for another system.
if [ -z "$system" ]; then
  system=${CARGO_BUILD_TARGET:-$host}
  set -- "$@" --target "$system"
fi
prefix=
if [ "$system" != "$host" ]; then
  environment=$("$root/scripts/rust-for.sh" "$system")
  while IFS= read -r variable; do export "${variable?}"; done <<END
$environment
END
  case $system in
    "${host%%-*}"-*-linux-musl) : "${CC:=musl-gcc}" ;;
    *) prefix=$(echo "$system" | sed 's/-unknown//; s/^riscv64gc/riscv64/; s/^armv7/arm/; s/-pc-windows-gnu$/-w64-mingw32/')- ;;
  esac
  : "${CC:=${prefix}gcc}"
fi
"$root/scripts/rust-age.sh" "${CARGO:-cargo}" "${RUSTC:-rustc}"
: "${CC:=cc}" "${AR:=${prefix}ar}" "${NM:=${prefix}nm}" "${OBJCOPY:=${prefix}objcopy}" "${OBJDUMP:=${prefix}objdump}"

# A directory of its own for each set of arguments, so that no build takes what another one has just made.
target=${CARGO_TARGET_DIR:-$root/target/c}/$(printf '%s' "$*" | tr -cs 'a-z0-9_\n' '-' | sed 's/^-*//')
made=$("${CARGO:-cargo}" build --quiet --message-format=json-render-diagnostics --manifest-path "$root/capi/Cargo.toml" \
  --target-dir "$target" "$@" | sed -n 's/.*"filenames":\["\([^"]*libatomic_log\.a\)"\].*/\1/p')
[ -f "$made" ] || { echo "c-library.sh: cargo names no libatomic_log.a: $made" >&2; exit 1; }
# CC may be a path with any characters, or several words.
# shellcheck disable=SC2086
compile() { if [ -x "$CC" ]; then "$CC" ${CC_MACHINE:-} "$@"; else $CC ${CC_MACHINE:-} "$@"; fi; }
mkdir -p "$place"
major=$(sed -n 's/^version = "\([0-9]*\)\..*/\1/p' "$root/Cargo.toml")
work=$(mktemp -d "$place/link-XXXXXX")
trap 'rm -rf "$work"' EXIT
put() { cmp -s "$work/$1" "$place/$1" || mv "$work/$1" "$place/$1"; }

functions=$(sed -n 's/^ *\(alog_[a-z0-9_]*\);$/\1/p' "$root/abi/atomic_log.map")
# shellcheck disable=SC2086 # one word per function, here and below; one word per flag in $LDFLAGS
demand=$(printf -- '-Wl,-u,%s ' $functions ${KEEP:-})

darwin() {
  cp "$made" "$work/libatomic_log.a"
  put libatomic_log.a
  [ "${ONLY:-}" != static ] || return 0
  # shellcheck disable=SC2086
  printf '_%s\n' $functions >"$work/exported"
  # shellcheck disable=SC2046,SC2086
  compile -dynamiclib -o "$work/libatomic_log.$major.dylib" -install_name "@rpath/libatomic_log.$major.dylib" \
    -Xlinker -exported_symbols_list -Xlinker "$work/exported" -Wl,-dead_strip ${LDFLAGS:-} $(printf -- '-Wl,-u,_%s ' $functions) "$made"
  put "libatomic_log.$major.dylib"
  ln -sf "libatomic_log.$major.dylib" "$place/libatomic_log.dylib"
}
case $system in *-apple-*) darwin; exit 0 ;; esac

remove='--remove-section=.llvmbc --remove-section=.llvmcmd'
# GNU's linker for RISC-V drops functions in `-r`, but keeps the relocations of their frames. The result then contains
# other data after it is linked or stripped.
# The frames of 32-bit ARM ask for functions of libgcc_s.
case $system in
  riscv*) remove="$remove --remove-section=.eh_frame" ;;
  arm*)
    remove="$remove --remove-section=.ARM.ex*"
    for each in 0 1 2; do remove="$remove --strip-unneeded-symbol=__aeabi_unwind_cpp_pr$each"; done
    ;;
esac

# The archive's members that the functions need, and the sections of these.
# shellcheck disable=SC2086
gather() {
  # shellcheck disable=SC2086
  compile -r -nostdlib -o "$work/whole.o" -Wl,--gc-sections $demand "$made" "$@"
  $OBJCOPY $remove "$work/whole.o"
}
# What an assembler must be told on ELF: that it needs no stack that can be executed.
note='.section .note.GNU-stack,"",%progbits'
case $system in *-windows-*) note= ;; esac
gather
case $($NM -u "$work/whole.o") in
  *rust_eh_personality*)
    # Compiled functions of Rust's core refer to it, because they can unwind, if no optimiser runs over them. Nothing
    # calls it.
    printf '%s\n' "$note" .data '.globl rust_eh_personality' 'rust_eh_personality: .byte 0' >"$work/nothing.s"
    compile -c -o "$work/nothing.o" "$work/nothing.s"
    gather "$work/nothing.o"
    ;;
esac
# shellcheck disable=SC2086
printf '%s\n' $functions >"$work/functions"
strip=
[ "${DEBUG_INFO:-0}" != 0 ] || strip=--strip-debug
# shellcheck disable=SC2086
$OBJCOPY --keep-global-symbols="$work/functions" $strip "$work/whole.o" "$work/shown.o"

undefined=$($NM -u "$work/shown.o")
case $undefined in
  *alog_this_can_panic*)
    # The linker would name only the panic handler.
    echo "c-library.sh: the library must not panic (capi/src/lib.rs), but as it was compiled here it can:" >&2
    $OBJDUMP -dr "$work/shown.o" | awk '
      /^[0-9a-f]+ <.*>:$/ { sub(/^[0-9a-f]+ </, ""); sub(/>:$/, ""); caller = $0 }
      /[ \t](R|IMAGE_REL)_[A-Z0-9_]+[ \t]/ {
        # A function, or the section that it has alone.
        sub(/.*(R|IMAGE_REL)_[A-Z0-9_]+[ \t]+/, ""); sub(/[-+]0x[0-9a-f]+$/, ""); sub(/^\.text\.(unlikely\.)?/, "")
        from[++calls] = caller; to[calls] = $0
      }
      END {
        reaches["alog_this_can_panic"]
        do {
          more = 0
          for (i = 1; i <= calls; i++) if (to[i] in reaches && !(from[i] in reaches)) { reaches[from[i]]; more = 1 }
        } while (more)
        for (i = 1; i <= calls; i++) if (to[i] in reaches) print "  " from[i] " calls " to[i]
      }' | c++filt | grep -vE '^  <?(core|__rustc)(::|\[)' | sort -u >&2
    exit 1
    ;;
esac

windows() {
  $AR rcsD "$work/libatomic_log.a" "$work/shown.o"
  put libatomic_log.a
  [ "${ONLY:-}" != static ] || return 0
  # shellcheck disable=SC2086
  printf '%s\n' "LIBRARY atomic_log.dll" EXPORTS $functions >"$work/atomic_log.def"
  # shellcheck disable=SC2086
  compile -shared -static-libgcc -o "$work/atomic_log.dll" "$work/shown.o" "$work/atomic_log.def" ${LDFLAGS:-} \
    -Wl,--out-implib,"$work/libatomic_log.dll.a" -Wl,--no-insert-timestamp
  for file in atomic_log.def atomic_log.dll libatomic_log.dll.a; do put $file; done
}
case $system in *-windows-*) windows; exit 0 ;; esac

# A symbol that one object defines, and another one asks for as a hidden symbol, is hidden: the linker takes the
# stricter visibility.
{
  echo "$note"
  echo '.section .discard.atomic_log, "", %progbits'
  # shellcheck disable=SC2086
  printf '.hidden %s\n.long %s - .\n' $(for each in $functions; do echo "$each $each"; done)
} >"$work/hidden.s"
compile -c -o "$work/hidden.o" "$work/hidden.s"
compile -r -nostdlib -o "$work/atomic_log.o" "$work/shown.o" "$work/hidden.o"
$OBJCOPY --remove-section=.discard.atomic_log "$work/atomic_log.o"
$AR rcsD "$work/libatomic_log.a" "$work/atomic_log.o"
put libatomic_log.a
[ "${ONLY:-}" != static ] || exit 0

# No start files: the library runs nothing when it is loaded or unloaded, unless KEEP adds something.
start=-nostartfiles
[ -z "${KEEP:-}" ] || start=
soname=libatomic_log.so.$major
# shellcheck disable=SC2086
compile -shared $start -o "$work/$soname" -Wl,-soname,"$soname" -Xlinker --version-script="$root/abi/atomic_log.map" \
  -Wl,--gc-sections -Wl,-z,defs -Wl,-z,relro,-z,now -Wl,-z,noexecstack ${LDFLAGS:-} -Wl,--as-needed $demand "$work/shown.o"
put "$soname"
ln -sf "$soname" "$place/libatomic_log.so"
