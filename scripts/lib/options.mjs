import { parseArgs } from 'node:util';

/** A whole number from an environment variable; a sentence when it is none. */
export function integerFromEnv(name, fallback) {
  const text = process.env[name];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new Error(`${name} must be a whole number, not "${text}".`);
  return value;
}

/** The demo's options from its arguments and environment. */
export function demoOptions(args) {
  const { values } = parseArgs({
    args,
    options: { quota: { type: 'string', default: 'off' }, keep: { type: 'boolean', default: false } },
  });
  if (!['real', 'off'].includes(values.quota)) throw new Error('--quota takes real or off.');
  return {
    quota: values.quota,
    keep: values.keep,
    port: integerFromEnv('APP_PORT', 13_000),
    messages: integerFromEnv('DEMO_MESSAGES', 2_000),
  };
}
