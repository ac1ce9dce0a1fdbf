#!/bin/sh
# SSHKit 1.21.2 (Capistrano 3's): a command of several lines is sent as ONE line, with "; " for each newline. A comment
# in it therefore swallows all that follows:  # migrate \n bin/migrate  becomes  # migrate; bin/migrate  , which does
# nothing and exits 0. A loop becomes  for i in 1 2; do; ...  , a syntax error.
# One would expect a here-document to be run as the script it is. The joining as such is in SSHKit's README; that a comment
# turns the rest off is not. A Capistrano task with a commented script reports success and has not done its work.
# Seen 2026-11-29:
#   "# migrate; touch done" -> exit 0, not done
#   "for i in 1 2; do; touch done; done" -> exit 2, not done
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"
apt-get download -qq ruby-sshkit=1.21.2-1 ruby-net-ssh=1:7.0.1-1 ruby-net-scp=4.0.0-1 2>/dev/null; for f in *.deb; do dpkg -x "$f" x; done
RUBYLIB=$(ls -d x/usr/lib/ruby/vendor_ruby x/usr/share/rubygems-integration/all/gems/*/lib | sed "s#^#$d/#" | paste -s -d: -); export RUBYLIB
cat > t.rb <<'R'
require "sshkit"; ["# migrate\ntouch done\n", "for i in 1 2\ndo\n touch done\ndone\n"].each do |script|
  sent = SSHKit::Command.new(script).to_command; system("sh", "-c", sent, err: File::NULL); puts "#{sent.inspect} -> exit #{$?.exitstatus}, #{File.exist?("done") ? "done" : "not done"}"
end
R
out=$(ruby t.rb); echo "$out"; [ "$out" = '"# migrate; touch done" -> exit 0, not done
"for i in 1 2; do; touch done; done" -> exit 2, not done' ] || { echo CHANGED; exit 1; }
