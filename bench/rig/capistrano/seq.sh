#!/bin/bash
cd "$(dirname "$0")" && RIG_N=$1 exec cap bench bench:seq
