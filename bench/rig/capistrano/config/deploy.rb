set :application, "bench"
set :repo_url, ENV.fetch("RIG_REPO_URL")
set :branch, ENV.fetch("RIG_BRANCH")
# All hosts share one file system: Capistrano has one path for all, so it deploys to the first.
set :deploy_to, "#{ENV.fetch('RIG_HOME').gsub('%h', 'host1')}/www/capistrano"
set :linked_files, ["config/app.env"]
set :linked_dirs, ["log"]
set :keep_releases, 5
set :format_options, log_file: nil, truncate: false, color: false
