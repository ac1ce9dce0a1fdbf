#!/bin/bash
cd "$(dirname "$0")" && exec fab everywhere --count="$1"
