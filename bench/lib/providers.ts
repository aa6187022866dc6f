/** What the whole-plugin benchmarks must know of a provider and of its simulator. */
export const BENCH_PROVIDERS = {
  google: {
    title: 'Gmail',
    domain: 'gmail.example',
    /** Switches the plugin's own pace off; the simulator's limits have a switch of their own (`--quota off`). */
    withoutLimits: { EMAIL_MANAGER_GOOGLE_QUOTA: 'off' },
    /** The simulator's name for the call that a poll of an idle mailbox makes. */
    poll: 'history.list',
    callsPerPoll: '1',
    /** Profile, labels, one page of ids, one batch of threads: none of them can begin before the one before has ended. */
    roundTripsToFirst50: 4,
  },
  microsoft: {
    title: 'Outlook',
    domain: 'outlook.example',
    withoutLimits: { EMAIL_MANAGER_MICROSOFT_QUOTA: 'off' },
    poll: 'mailFolders.delta',
    callsPerPoll: '≤ 2',
    /** Profile, folders, one page of ids, and fifty messages four at a time. */
    roundTripsToFirst50: 3 + Math.ceil(50 / 4),
  },
} as const;

export type BenchProvider = keyof typeof BENCH_PROVIDERS;

/** `BENCH_PROVIDER=microsoft npm run bench …`; Google without it. */
export function benchProvider(): BenchProvider {
  const name = process.env.BENCH_PROVIDER ?? 'google';
  if (!Object.hasOwn(BENCH_PROVIDERS, name)) throw new Error(`There is no provider "${name}".`);
  return name as BenchProvider;
}
