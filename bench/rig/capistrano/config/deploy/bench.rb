set :ssh_options, config: ENV.fetch("RIG_SSH_CONFIG"), verify_host_key: :always
(1..Integer(ENV.fetch("RIG_N"))).each { |number| server "host#{number}", roles: %w[app] }
