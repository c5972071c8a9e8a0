#!/usr/bin/env bash
# Makes this machine ready to build, run or test Quartet: looks for what is needed and installs only what is missing.
#
#   scripts/setup.sh run      what `make run` needs, and .build/lightweight-charts.js where it can be had
#   scripts/setup.sh test     the same, and Python with pyzmq and jsonschema for the tests that talk to us from outside;
#                             ccxt in .build/ccxt, Chromium with playwright, axe and schemathesis in .build/browser where
#                             they can be had
#   scripts/setup.sh bench    the same as run, and the C libraries that the benchmarks compare with
#
# Debian 12 and Ubuntu 24.04 are known to work. Elsewhere it says what is missing and leaves the rest to you.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

purpose=${1:-run}
case $purpose in run | test | bench) ;; *)
    echo "usage: scripts/setup.sh run|test|bench" >&2
    exit 2
    ;;
esac

say() { printf 'setup: %s\n' "$*" >&2; }
fail() {
    say "$*"
    exit 1
}

require_swift() {
    command -v swift >/dev/null ||
        fail "there is no \`swift\`: install the Swift 6.3 toolchain from https://www.swift.org/install/linux/ and put it on the PATH."
    local version
    version=$(swift --version 2>/dev/null | sed -nE 's/.*Swift version ([0-9]+\.[0-9]+).*/\1/p' | head -n 1)
    [ -n "$version" ] || fail "\`swift --version\` does not say which Swift it is: install the Swift 6.3 toolchain again."
    [ "$(printf '%s\n6.3\n' "$version" | sort -V | head -n 1)" = 6.3 ] ||
        fail "Swift $version is too old: install 6.3 or newer from https://www.swift.org/install/linux/."
}

# Prints the packages that are missing, one a line.
missing_packages() {
    command -v pkg-config >/dev/null || echo pkg-config
    has_library libzmq || echo libzmq3-dev
    has_library sqlite3 || echo libsqlite3-dev
    has_library zlib || echo zlib1g-dev
    has_library yaml-0.1 || echo libyaml-dev
    has_library libcurl || echo libcurl4-openssl-dev
    has_library libcrypto || echo libssl-dev
    [ -d /usr/share/zoneinfo ] || echo tzdata
    command -v supervisord >/dev/null || echo supervisor
    case $purpose in
    test)
        if [ -z "$(find_python)" ]; then
            command -v python3 >/dev/null || echo python3
            echo python3-zmq
            echo python3-jsonschema
        fi
        ;;
    bench)
        command -v cc >/dev/null || echo gcc
        command -v c++ >/dev/null || echo g++
        [ -f /usr/include/simdjson.h ] || echo libsimdjson-dev
        ;;
    esac
}

has_library() { command -v pkg-config >/dev/null && pkg-config --exists "$1"; }

# The first Python that can speak ZeroMQ and check JSON schemas; nothing where there is none.
find_python() {
    local python
    for python in "${QUARTET_PYTHON:-}" python3 /usr/bin/python3 .build/venv/bin/python3; do
        [ -n "$python" ] || continue
        if "$python" -c 'import zmq, jsonschema' >/dev/null 2>&1; then
            command -v "$python"
            return
        fi
    done
}

# Runs a command as root: directly, or through sudo, without a question where nobody could answer it.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        if [ -t 0 ]; then sudo "$@"; else sudo -n "$@"; fi
    else
        return 1
    fi
}

install_packages() {
    local packages=("$@")
    command -v apt-get >/dev/null ||
        fail "missing: ${packages[*]} (names of Debian packages); there is no apt-get here, so install their equivalents and try again."
    say "installing ${packages[*]}"
    export DEBIAN_FRONTEND=noninteractive
    local log
    log=$(mktemp)
    if ! as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq >"$log" 2>&1 ||
        ! as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >>"$log" 2>&1; then
        tail -n 15 "$log" >&2
        rm -f "$log"
        return 1
    fi
    rm -f "$log"
}

require_swift
mapfile -t missing < <(missing_packages)
if [ "${#missing[@]}" -gt 0 ]; then
    if ! install_packages "${missing[@]}"; then
        # Python's two packages can come from a virtual environment instead; nothing else can.
        only_python=true
        for package in "${missing[@]}"; do [[ $package == python3-* ]] || only_python=false; done
        $only_python ||
            fail "could not install ${missing[*]}: run \`sudo apt-get install ${missing[*]}\` yourself, then try again."
    fi
fi

if [ "$purpose" = test ] && [ -z "$(find_python)" ]; then
    say "making a Python environment with pyzmq and jsonschema in .build/venv"
    mkdir -p .build
    { python3 -m venv .build/venv && .build/venv/bin/python3 -m pip install --quiet pyzmq jsonschema; } ||
        fail "Python has no pyzmq and jsonschema and they could not be installed: run \`sudo apt-get install python3-zmq python3-jsonschema\`."
fi

# The page's candles can be moved and zoomed with TradingView's lightweight-charts, which lies in the wheel of that name. Nothing
# needs it: without it the page draws them itself. The dashboard serves it only if it is this very file.
fetch_chart_library() {
    local place=$1 digest=a7d4221516c7ea0bb0cc17d605df8848c1c748517a2ca43c2ce1a95ddb159006
    echo "lightweight-charts==2.1 --hash=sha256:4c5598fd57ac7569c3fed733727e2033190ca2f6e2460223d27e0926be7bff4f" >"$place/wanted"
    timeout 60 python3 -m pip download --quiet --disable-pip-version-check --retries 0 --timeout 10 --no-deps \
        --only-binary :all: --require-hashes -r "$place/wanted" -d "$place" >/dev/null 2>&1 &&
        python3 -c 'import sys, zipfile
sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read("lightweight_charts/js/lightweight-charts.js"))' \
            "$place"/lightweight_charts-*.whl >"$place/library" 2>/dev/null &&
        echo "$digest  $place/library" | sha256sum --check --status &&
        mkdir -p .build && mv "$place/library" .build/lightweight-charts.js
}

if [ "$purpose" != bench ] && [ ! -e .build/lightweight-charts.js ]; then
    place=$(mktemp -d)
    fetch_chart_library "$place" ||
        say "lightweight-charts could not be fetched: the page draws its candles itself"
    rm -rf "$place"
fi

# ccxt judges the exchange in a box, and feed at it, from outside; pyzmq taps feed. Its tests are skipped where it cannot be
# had: nothing else needs it.
if [ "$purpose" = test ] && [ ! -e .build/ccxt/ready-with-pyzmq ]; then
    say "making a Python environment with ccxt and pyzmq in .build/ccxt"
    rm -rf .build/ccxt
    mkdir -p .build/ccxt
    if timeout 60 python3 -m venv .build/ccxt >/dev/null 2>&1 &&
        timeout 240 .build/ccxt/bin/python3 -m pip install --quiet --disable-pip-version-check --retries 1 \
            --timeout 20 --only-binary :all: \
            ccxt==4.5.90 pyzmq >/dev/null 2>&1 && .build/ccxt/bin/python3 -c 'import ccxt, zmq' >/dev/null 2>&1; then
        touch .build/ccxt/ready-with-pyzmq
    else
        rm -rf .build/ccxt
        say "ccxt could not be installed: its tests are skipped"
    fi
fi

# The page is opened in a real browser and its API attacked by schemathesis. Where one of them cannot be had, the tests that
# need it are skipped and say so: nothing else needs them.
if [ "$purpose" = test ] && ! command -v chromium >/dev/null; then
    if command -v apt-get >/dev/null && install_packages chromium fonts-liberation; then :; else
        say "chromium could not be installed: the page is not tested in a browser"
    fi
fi
requirements=Tests/SystemTests/browser-requirements.txt
if [ "$purpose" = test ] && ! cmp -s "$requirements" .build/browser/ready; then
    say "making a Python environment with playwright, axe and schemathesis in .build/browser"
    rm -rf .build/browser
    mkdir -p .build/browser
    if timeout 60 python3 -m venv .build/browser >/dev/null 2>&1 &&
        timeout 300 .build/browser/bin/python3 -m pip install --quiet --disable-pip-version-check --retries 1 \
            --timeout 20 --only-binary :all: --no-deps -r "$requirements" >/dev/null 2>&1 &&
        .build/browser/bin/python3 -c 'import playwright, axe_playwright_python, schemathesis, zmq' >/dev/null 2>&1; then
        cp "$requirements" .build/browser/ready
    else
        rm -rf .build/browser
        say "playwright, axe and schemathesis could not be installed: the page and its API are not tested with them"
    fi
fi

# The Makefile asks which Python the tests shall use.
if [ "$purpose" = test ]; then
    mkdir -p .build
    find_python >.build/test-python
fi
