import { ConfigSchema } from '../../src/config';
import { nearMisses } from '../../src/service/nearMisses';

const known = Object.keys(ConfigSchema.shape);
const found = (...variables: readonly string[]) =>
  nearMisses(Object.fromEntries(variables.map((variable) => [variable, 'x'])), known);

test.each([
  ['TRANSFER_TIMEOUT', 'TRANSFER_TIMEOUT_MS'],
  ['TRANSFER_TIMEOUT_SECONDS', 'TRANSFER_TIMEOUT_MS'],
  ['TANDEM_PORT', 'PORT'],
  ['PROT', 'PORT'],
  ['log_level', 'LOG_LEVEL'],
  ['LOGLEVEL', 'LOG_LEVEL'],
  ['AUTH_TOKEN', 'AUTH_TOKENS'],
  ['DATABSE_URL', 'DATABASE_URL'],
  ['REDIS_URI', 'REDIS_URL'],
  ['DATABASE_CONNECTIONS', 'DATABASE_CONNECTIONS_MAX'],
  ['RATE_LIMIT', 'RATE_LIMIT_PER_SECOND'],
])('%s is taken for a misspelt %s', (variable, instead) => {
  expect(found(variable)).toEqual([{ variable, instead }]);
});

test('what is ours, and what belongs to the system or to other programs, is left alone', () => {
  expect(found(...known)).toEqual([]);
  const others =
    'HOME HOSTNAME PATH PWD OLDPWD SHELL SHLVL TERM LANG LC_ALL USER LOGNAME TZ TMPDIR EDITOR PAGER INIT_CWD NODE NODE_ENV ' +
    'NODE_OPTIONS NODE_VERSION YARN_VERSION CI COLOR DEBUG SSH_AUTH_SOCK XDG_RUNTIME_DIR PGPASSWORD PGHOST REDIS_PORT ' +
    'REDIS_SERVICE_HOST KUBERNETES_PORT POSTGRES_PASSWORD METRICS_TOKEN OTEL_SERVICE_NAME OTEL_EXPORTER_OTLP_HEADERS ' +
    'npm_lifecycle_event npm_config_port npm_package_version _';
  expect(found(...others.split(' '))).toEqual([]);
});
