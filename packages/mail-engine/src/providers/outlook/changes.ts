import { z } from 'zod';
import { arrayField, field, stringField } from '../../decode';
import { ACCOUNT_WIDE, MailError } from '../../errors';
import type { ChangeEvent, ChangePage } from '../../model/change';
import type { Clock } from '../../ports/clock';
import { type CallResult, type GraphCall, type GraphClient, prefer } from './client';
import { malformed } from './errors';
import { type FolderKeeper, type FolderTree, linksOf, treeCall } from './folders';
import { query } from './links';
import { type LocatedState, readState, STATE_SELECT } from './map';
import { MAX_BATCH } from './quota';
import type { ListedTimes } from './windows';

const PAGE_SIZE = 1_000;
/** So many unreadable pages at one place, and the folder is read from its beginning. */
const UNREADABLE_PAGES = 3;
const FIRST_WAIT_MS = 15_000;
/** By how much our clock and the provider's may differ. */
const CLOCKS_DIFFER_MS = 2 * 60_000;
const RENEW_AFTER_MS = 24 * 60 * 60_000;
const LONGEST_WAIT_MS = 6 * 60 * 60_000;

const FolderSchema = z.object({
  /** The path to ask next; null: the folder is read from its beginning. */
  link: z.string().nullable(),
  /** True when `link` leads to the next round, false when to the next page of this one. */
  drained: z.boolean(),
  /** True until the first round of this folder has come to its end: what it shows may have been there for years. */
  baseline: z.boolean(),
  /** Failures since the last time that a link to a next round worked, and epoch ms until which it is left alone. */
  failures: z.number().optional(),
  waitUntil: z.number().optional(),
});
type FolderFeed = z.infer<typeof FolderSchema>;

const CursorSchema = z.object({
  version: z.literal(1),
  /** Of the last event. */
  seq: z.number(),
  /** Epoch ms of the feed's beginning: what came after it has just arrived, also in folders that are still being read. */
  pinnedAt: z.number(),
  /** Epoch ms at which every folder's link was last replaced, also those of quiet folders. */
  renewedAt: z.number(),
  /** The folder roles that are left out. */
  skipped: z.array(z.string()),
  /** Path of the feed of folder changes. */
  tree: z.string(),
  /**
   * True when what is here may be more than what is there: a message that was seen before its folder was read, and gone
   * by then, shows up in no feed. Only a listing that begins after all folders were read finds out.
   */
  unlisted: z.boolean(),
  folders: z.record(z.string(), FolderSchema),
});
/** Where every folder's feed stands: Graph has no feed of a whole mailbox. */
type FeedCursor = z.infer<typeof CursorSchema>;

interface DeltaPage {
  readonly items: readonly DeltaItem[];
  readonly nextPath: string | null;
  readonly deltaPath: string | null;
}

type DeltaItem =
  | { readonly kind: 'state'; readonly located: LocatedState }
  /** Removed from this folder. */
  | { readonly kind: 'left'; readonly remoteId: string }
  /** Something changed, and the answer does not say all: only asking by id tells. */
  | { readonly kind: 'unclear'; readonly remoteId: string };

/** A feed at whose beginning nothing has been read: pinning it is reading every folder to its end. */
export function firstCursor(tree: FolderTree, skipped: readonly string[], now: number): string {
  const folders = Object.fromEntries([...tree.folders.keys()].sort().map((id) => [id, fromTheBeginning()]));
  const pinned = { seq: 0, pinnedAt: now, renewedAt: now, tree: tree.deltaPath, unlisted: false };
  return JSON.stringify({ version: 1, ...pinned, skipped: [...skipped].sort(), folders } satisfies FeedCursor);
}

export function inBaseline(cursor: string): boolean {
  const state = CursorSchema.safeParse(parse(cursor));
  return state.success && isPinning(Object.values(state.data.folders));
}

interface FeedContext {
  readonly client: GraphClient;
  readonly folders: FolderKeeper;
  readonly clock: Clock;
  readonly times: ListedTimes;
}

/**
 * One step of the feed. Folders whose round is under way are asked for their next pages; when there are none, all
 * folders and the folder tree are asked at once. A round is over when such a question brings nothing unfinished: only
 * then has every folder been asked after the round's beginning.
 * @throws MailError cursorExpired when the cursor cannot be read
 */
export async function readChanges(context: FeedContext, cursor: string): Promise<ChangePage> {
  const parsed = CursorSchema.safeParse(parse(cursor));
  if (!parsed.success) {
    throw new MailError('cursorExpired', 'The position in the changes cannot be read.', { providerCode: 'badCursor' });
  }
  return new FeedStep(context, cursor, parsed.data).run();
}

class FeedStep {
  private readonly events: ChangeEvent[] = [];
  private readonly feeds: Map<string, FolderFeed>;
  private readonly vanished = new Set<string>();
  private treeIsOld: boolean;
  private unlisted: boolean;
  private placesChanged = false;
  private changed = false;
  private seq: number;
  private tree: string;
  private renewedAt: number;
  /** Links of quiet folders get old, and how old they may get is not said: now and then all are replaced. */
  private readonly renewing: boolean;

  constructor(
    private readonly context: Parameters<typeof readChanges>[0],
    private readonly cursor: string,
    private readonly state: FeedCursor,
  ) {
    this.feeds = new Map(Object.entries(state.folders));
    this.seq = state.seq;
    this.tree = state.tree;
    this.renewedAt = state.renewedAt;
    this.renewing = Math.abs(context.clock.now() - state.renewedAt) > RENEW_AFTER_MS;
    // A person left a folder out, or wants it back.
    this.treeIsOld = state.skipped.join() !== [...context.folders.skipped].sort().join();
    this.unlisted = state.unlisted || this.treeIsOld;
  }

  async run(): Promise<ChangePage> {
    const baseline = isPinning(Object.values(this.state.folders));
    const unfinished = this.askable().filter(([, feed]) => !feed.drained);
    const isSweep = unfinished.length === 0;
    if (isSweep) await this.askEverything();
    else await this.askFolders(unfinished.slice(0, MAX_BATCH));
    if (isSweep && this.renewing) this.renewedAt = this.context.clock.now();
    if (this.treeIsOld) await this.readTree();
    const done = isSweep && this.askable().every(([, feed]) => feed.drained);
    const relist = this.unlisted && !isPinning([...this.feeds.values()]);
    if (relist) this.unlisted = false;
    if (this.unlisted !== this.state.unlisted) this.changed = true;
    return {
      events: this.events,
      cursor: this.changed ? this.write() : this.cursor,
      done,
      placesChanged: this.placesChanged,
      ...(baseline ? { baseline } : {}),
      ...(relist ? { relist } : {}),
    };
  }

  /** Folders that need not be left alone for now. A wait that is absurdly long comes from a clock that jumped. */
  private askable(): [string, FolderFeed][] {
    const now = this.context.clock.now();
    return [...this.feeds].filter(([, { waitUntil = 0 }]) => waitUntil <= now || waitUntil > now + 2 * LONGEST_WAIT_MS);
  }

  private async askEverything(): Promise<void> {
    const { client } = this.context;
    const asked = this.askable();
    const [tree, ...results] = await this.ask<TreeAnswer | DeltaPage>([
      { ...treeCall(client, client.links.checked(this.tree)) },
      ...asked.map(([id, feed]) => this.deltaCall(id, feed)),
    ]);
    const treeAnswer = tree as CallResult<TreeAnswer>;
    // Whatever happened to a folder, and also when its feed is lost: the tree itself tells.
    if (!treeAnswer.ok || treeAnswer.value.changes.length > 0 || treeAnswer.value.deltaPath === null) {
      this.treeIsOld = true;
    }
    asked.forEach(([id, feed], index) => this.take(id, feed, results[index] as CallResult<DeltaPage>));
  }

  private async askFolders(asked: readonly [string, FolderFeed][]): Promise<void> {
    const results = await this.ask<DeltaPage>(asked.map(([id, feed]) => this.deltaCall(id, feed)));
    asked.forEach(([id, feed], index) => this.take(id, feed, results[index] as CallResult<DeltaPage>));
  }

  /** @throws MailError account-wide kinds; the cursor stands where it stood, and nothing is lost. */
  private async ask<T>(calls: readonly GraphCall<T>[]): Promise<CallResult<T>[]> {
    const results = await this.context.client.each(calls, 'live');
    for (const result of results) if (!result.ok && ACCOUNT_WIDE.has(result.error.kind)) throw result.error;
    return results;
  }

  private deltaCall(folderId: string, feed: FolderFeed): GraphCall<DeltaPage> {
    const { client } = this.context;
    const first = `/me/mailFolders/${encodeURIComponent(folderId)}/messages/delta${query({ $select: STATE_SELECT })}`;
    return {
      method: 'delta',
      verb: 'GET',
      path: feed.link === null ? first : client.links.checked(feed.link),
      // `$top` would cap the whole round ("microsoft-graph-docs" issue 2232).
      headers: prefer(`odata.maxpagesize=${PAGE_SIZE}`),
      decode: (json) => decodeDelta(client, json),
    };
  }

  private take(folderId: string, feed: FolderFeed, result: CallResult<DeltaPage>): void {
    if (!result.ok) {
      this.takeFailure(folderId, feed, result.error);
      return;
    }
    const { items, nextPath, deltaPath } = result.value;
    for (const item of items) this.push(folderId, feed, item);
    // A round in which nothing happened leaves the folder's link as it is, so that an idle poll writes nothing.
    if (feed.drained && items.length === 0 && deltaPath !== null && !feed.failures && !this.renewing) return;
    const failures = feed.drained ? 0 : (feed.failures ?? 0);
    if (feed.baseline && deltaPath !== null) this.unlisted = true;
    this.set(folderId, {
      link: deltaPath ?? nextPath,
      drained: deltaPath !== null,
      baseline: feed.baseline && deltaPath === null,
      ...(failures > 0 ? { failures } : {}),
    });
  }

  private takeFailure(folderId: string, feed: FolderFeed, error: MailError): void {
    if (error.kind === 'notFound') {
      this.vanished.add(folderId);
      this.treeIsOld = true;
      return;
    }
    const failures = (feed.failures ?? 0) + 1;
    if (error.kind === 'cursorExpired') {
      this.restart(folderId, failures, failures > 1);
      return;
    }
    if (failures % UNREADABLE_PAGES === 0) this.restart(folderId, failures, true);
    else this.set(folderId, { ...feed, failures, waitUntil: this.waitAfter(failures) });
  }

  /**
   * The folder is read from its beginning; what happened in it meanwhile is told by a listing after that. A folder that
   * fails at once again and again is left alone for longer and longer, so that it cannot keep the mailbox listing.
   */
  private restart(folderId: string, failures: number, wait: boolean): void {
    const waiting = wait ? { waitUntil: this.waitAfter(failures) } : {};
    this.set(folderId, { ...fromTheBeginning(), failures, ...waiting });
  }

  private waitAfter(failures: number): number {
    return this.context.clock.now() + Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(failures, 20));
  }

  private set(folderId: string, feed: FolderFeed): void {
    this.feeds.set(folderId, feed);
    this.changed = true;
  }

  private push(folderId: string, { baseline }: FolderFeed, item: DeltaItem): void {
    this.seq += 1;
    const seq = String(this.seq);
    if (item.kind === 'left') {
      this.events.push({ kind: 'left', seq, remoteId: item.remoteId, place: folderId });
      return;
    }
    // A message that is elsewhere already, and not where its own folder would tell, is asked by id.
    const isClear = item.kind === 'state' && this.feeds.has(item.located.folderId);
    if (isClear) {
      const { state, receivedAt } = item.located;
      this.context.times.note(state.remoteId, receivedAt);
      const isOld = receivedAt < this.state.pinnedAt - CLOCKS_DIFFER_MS;
      this.events.push({ kind: 'state', seq, ...state, receivedAt, baseline: baseline && isOld });
      return;
    }
    const remoteId = item.kind === 'state' ? item.located.state.remoteId : item.remoteId;
    this.events.push({ kind: 'left', seq, remoteId });
  }

  private async readTree(): Promise<void> {
    const tree = await this.context.folders.refresh();
    this.placesChanged = true;
    this.changed = true;
    this.tree = tree.deltaPath;
    for (const folderId of [...this.feeds.keys()]) {
      if (tree.folders.has(folderId)) continue;
      // Nothing tells what became of the messages that were in it.
      this.feeds.delete(folderId);
      this.unlisted = true;
    }
    for (const folderId of this.vanished) {
      const feed = this.feeds.get(folderId);
      if (feed) this.restart(folderId, (feed.failures ?? 0) + 1, true);
    }
    for (const folderId of tree.folders.keys()) {
      if (!this.feeds.has(folderId)) this.feeds.set(folderId, fromTheBeginning());
    }
  }

  private write(): string {
    const skipped = [...this.context.folders.skipped].sort();
    const { seq, tree, unlisted, renewedAt } = this;
    const { pinnedAt } = this.state;
    const folders = Object.fromEntries(this.feeds);
    return JSON.stringify({
      version: 1,
      seq,
      pinnedAt,
      renewedAt,
      tree,
      unlisted,
      skipped,
      folders,
    } satisfies FeedCursor);
  }
}

interface TreeAnswer {
  readonly changes: readonly unknown[];
  readonly deltaPath: string | null;
}

/** @throws MailError malformed when a page names no way on, or an item no message: what it says would be lost */
export function decodeDelta(client: GraphClient, json: unknown): DeltaPage {
  if (!Array.isArray(field(json, 'value'))) throw malformed('A page of changes has no list.');
  const links = linksOf(client, json);
  if (links.nextPath === null && links.deltaPath === null) throw malformed('A page of changes does not go on.');
  return { items: arrayField(json, 'value').map(readItem), ...links };
}

function readItem(entry: unknown): DeltaItem {
  const remoteId = stringField(entry, 'id');
  if (!remoteId) throw malformed('A change names no message.');
  if (field(entry, '@removed') !== undefined) return { kind: 'left', remoteId };
  try {
    return { kind: 'state', located: readState(entry) };
  } catch {
    // An update need not bring more than what changed ("Use delta query to track changes").
    return { kind: 'unclear', remoteId };
  }
}

function fromTheBeginning(): FolderFeed {
  return { link: null, drained: false, baseline: true };
}

/** A folder that fails is left out: it must not keep the whole mailbox from being pinned. */
function isPinning(feeds: readonly FolderFeed[]): boolean {
  return feeds.some(({ baseline, failures }) => baseline && !failures);
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(cursor) as unknown;
  } catch {
    return undefined;
  }
}
