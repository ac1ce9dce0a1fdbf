#!/bin/bash
# sync.sh N PATH NAME: a directory to the first host, by that name in its home.
exec rsync -a -e "ssh -F '$RIG_SSH_CONFIG'" "$2/" "host1:${RIG_HOME//%h/host1}/$3/"
