import type { MessageSource, MimeMessage } from '../mime/model';
import { between, chance, createRng, mixSeed, pick, shuffle } from '../random';
import type { Rng } from '../random';
import { LANGUAGES, LANGUAGE_WEIGHTS } from './languages';
import type { Language } from './languages';
import { generateMessage } from './generated-message';
import { PROFILES } from './profiles';
import type { MailboxProfile, ProfileName } from './profiles';
import type { SeedTarget } from './seed-target';

export interface GenerateOptions {
  /** How many messages, drafts, spam and trash included. */
  messages: number;
  /** Equal seeds, owners and times give equal mailboxes. */
  seed?: number;
  profile?: ProfileName;
  ownerName?: string;
  /** The newest message is a few minutes older than this (milliseconds since the epoch). */
  now: number;
}

const DAY_MS = 24 * 3600_000;

interface ThreadFacts {
  language: Language;
  subject: string;
  otherName: string;
  otherAddress: string;
  ownerStarts: boolean;
  withCopy: boolean;
}

/** Fills an empty mailbox with threads in several languages. A million messages take seconds: bodies are not stored. */
export function generateMailbox<M extends { threadId: string }>(
  mailbox: SeedTarget<M>,
  options: GenerateOptions,
): void {
  const seed = options.seed ?? 1;
  const profile = PROFILES[options.profile ?? 'demo'];
  const rng = createRng(mixSeed(seed, 1));
  const sizes = threadSizes(rng, options.messages, profile);
  const source = new GeneratedSource(mailbox.address, options.ownerName ?? 'Mailbox Owner', seed, profile, sizes);
  const dates = messageDates(rng, source, sizes, profile, options.now);
  source.dates = dates;

  const order = Array.from({ length: source.count }, (_, key) => key);
  order.sort((a, b) => (dates[a] as number) - (dates[b] as number) || a - b);
  const sourceNumber = mailbox.addSource(source);
  const threadIds = new Array<string | undefined>(sizes.length);
  mailbox.seed(() => {
    const userLabels = createUserLabels(mailbox);
    for (const key of order) {
      const thread = source.threadOf[key] as number;
      const labels = labelsOf(source, key, options.now, userLabels);
      const known = threadIds[thread];
      const message = mailbox.add({
        source: sourceNumber,
        key,
        labels,
        internalDate: dates[key] as number,
        ...(known === undefined ? {} : { threadId: known }),
      });
      threadIds[thread] = message.threadId;
      if (labels.includes('DRAFT')) mailbox.bindDraft?.(message);
    }
  });
}

/** The sizes of all threads: the share of single ones and the average are met exactly (up to rounding). */
function threadSizes(rng: Rng, messages: number, profile: MailboxProfile): Uint32Array {
  const threads = Math.max(1, Math.round(messages / profile.messagesPerThread));
  const singles = Math.min(messages, Math.round(threads * profile.singleThreadShare));
  const others =
    messages - singles < 2 ? 0 : Math.max(1, Math.min(threads - singles, Math.floor((messages - singles) / 2)));
  const sizes = new Array<number>(singles).fill(1);
  const rest = messages - singles;
  if (others === 0) sizes.push(...new Array<number>(rest).fill(1));
  else {
    // Each has two; what is left is dealt with a preference for some, so that a few threads become long.
    const long = new Array<number>(others).fill(2);
    let left = rest - 2 * others;
    while (left > 0) {
      const at = Math.floor(others * rng() ** 1.6);
      const share = Math.min(left, between(rng, 1, 4));
      long[at] = (long[at] as number) + share;
      left -= share;
    }
    for (const size of long) sizes.push(size);
  }
  return Uint32Array.from(shuffle(rng, sizes));
}

/** Half of the mail lies in the last quarter of the span; replies follow within hours or days. */
function messageDates(
  rng: Rng,
  source: GeneratedSource,
  sizes: Uint32Array,
  profile: MailboxProfile,
  now: number,
): Float64Array {
  const dates = new Float64Array(source.count);
  const newest = now - 5 * 60_000;
  let key = 0;
  for (const size of sizes) {
    const start = newest - Math.floor(profile.spanDays * DAY_MS * rng() ** 2);
    const first = key;
    let at = start;
    for (let i = 0; i < size; i++) {
      dates[key++] = at;
      at += Math.ceil(60_000 + -Math.log(1 - rng()) * 9 * 3600_000);
    }
    const last = dates[key - 1] as number;
    if (last > newest) {
      const scale = (newest - start) / (last - start);
      for (let i = first; i < key; i++) dates[i] = Math.floor(start + ((dates[i] as number) - start) * scale);
    }
  }
  return dates;
}

class GeneratedSource implements MessageSource {
  readonly count: number;
  /** By key: the thread's number. Keys of a thread follow each other. */
  readonly threadOf: Uint32Array;
  private readonly firstKey: Uint32Array;
  dates: Float64Array = new Float64Array(0);

  constructor(
    readonly owner: string,
    readonly ownerName: string,
    readonly seed: number,
    readonly profile: MailboxProfile,
    readonly sizes: Uint32Array,
  ) {
    this.count = sizes.reduce((sum, size) => sum + size, 0);
    this.threadOf = new Uint32Array(this.count);
    this.firstKey = new Uint32Array(sizes.length);
    let key = 0;
    for (let thread = 0; thread < sizes.length; thread++) {
      this.firstKey[thread] = key;
      for (let i = 0; i < (sizes[thread] as number); i++) this.threadOf[key++] = thread;
    }
  }

  position(key: number): number {
    return key - (this.firstKey[this.threadOf[key] as number] as number);
  }

  sizeOfThread(key: number): number {
    return this.sizes[this.threadOf[key] as number] as number;
  }

  /** In a conversation the two sides mostly alternate. */
  isFromOwner(key: number): boolean {
    if (this.isDraft(key)) return true;
    const thread = this.threadOf[key] as number;
    const rng = createRng(mixSeed(this.seed, thread, key, 3));
    const ownerStarts = this.threadFacts(thread).ownerStarts;
    const position = this.position(key);
    if (position === 0) return ownerStarts;
    return (position % 2 === 0) === ownerStarts ? rng() < 0.9 : rng() < 0.15;
  }

  /** What becomes of a thread: a draft, the trash, spam or nothing special. */
  fate(thread: number): number {
    return createRng(mixSeed(this.seed, thread, 7))();
  }

  isDraft(key: number): boolean {
    return this.sizeOfThread(key) === 1 && this.fate(this.threadOf[key] as number) < 0.006;
  }

  threadFacts(thread: number): ThreadFacts {
    const rng = createRng(mixSeed(this.seed, thread, 2));
    const language = pickLanguage(rng);
    const [otherName, localPart] = pick(rng, language.people);
    const size = this.sizes[thread] as number;
    return {
      language,
      subject: `${pick(rng, language.subjects)}${rng() < 0.4 ? ` (${between(rng, 100, 9999)})` : ''}`,
      otherName,
      otherAddress: `${localPart}@${pick(rng, language.domains)}`,
      ownerStarts: size > 1 ? rng() < 0.4 : rng() < 0.08,
      withCopy: rng() < 0.15,
    };
  }

  messageId(key: number): string {
    const thread = this.threadOf[key] as number;
    return `<${mixSeed(this.seed, key, 4).toString(16)}.${key}.${thread}@generated.example>`;
  }

  findByMessageId(messageId: string): number | undefined {
    const match = /^<[0-9a-f]+\.(\d+)\.\d+@generated\.example>$/.exec(messageId);
    const key = Number(match?.[1] ?? NaN);
    return key < this.count && this.messageId(key) === messageId ? key : undefined;
  }

  message(key: number): MimeMessage {
    const thread = this.threadOf[key] as number;
    const facts = this.threadFacts(thread);
    const position = this.position(key);
    const fromOwner = this.isFromOwner(key);
    const owner = mailboxAddress(this.ownerName, this.owner);
    const other = mailboxAddress(facts.otherName, facts.otherAddress);
    const first = this.firstKey[thread] as number;
    const references: string[] = [];
    for (let i = Math.max(0, position - 20); i < position; i++) references.push(this.messageId(first + i));
    return generateMessage({
      seed: mixSeed(this.seed, key, 5),
      profile: this.profile,
      language: facts.language,
      from: fromOwner ? owner : other,
      to: fromOwner ? other : owner,
      ...(facts.withCopy ? { cc: '"Team" <team@lantern-labs.example>, archive@lantern-labs.example' } : {}),
      subject: position === 0 ? facts.subject : `Re: ${facts.subject}`,
      date: this.dates[key] as number,
      messageId: this.messageId(key),
      references,
      isDraft: this.isDraft(key),
      senderName: fromOwner ? this.ownerName : facts.otherName,
    });
  }
}

function mailboxAddress(name: string, address: string): string {
  return `"${name}" <${address}>`;
}

function pickLanguage(rng: Rng): Language {
  let left = rng();
  for (const [i, weight] of LANGUAGE_WEIGHTS.entries()) {
    left -= weight;
    if (left < 0) return LANGUAGES[i] as Language;
  }
  return LANGUAGES[0] as Language;
}

const USER_LABELS: readonly [name: string, textColor?: string, backgroundColor?: string][] = [
  ['Projects'],
  ['Projects/Alpha', '#ffffff', '#285bac'],
  ['Projects/Бета'],
  ['Rechnungen', '#000000', '#fad165'],
  ['Подорожі', '#ffffff', '#16a766'],
  ['家庭'],
  ['Waiting for answer', '#ffffff', '#cc3a21'],
];

function createUserLabels({ labels }: Pick<SeedTarget, 'labels'>): string[] {
  return USER_LABELS.map(([name, textColor, backgroundColor]) => {
    const existing = labels.findByName(name);
    if (existing) return existing.id;
    const color =
      textColor !== undefined && backgroundColor !== undefined ? { color: { textColor, backgroundColor } } : {};
    return labels.create({ name, ...color }).id;
  });
}

const CATEGORIES = [
  'CATEGORY_PERSONAL',
  'CATEGORY_UPDATES',
  'CATEGORY_PROMOTIONS',
  'CATEGORY_SOCIAL',
  'CATEGORY_FORUMS',
];

function labelsOf(source: GeneratedSource, key: number, now: number, userLabels: readonly string[]): string[] {
  const thread = source.threadOf[key] as number;
  const ofThread = createRng(mixSeed(source.seed, thread, 8));
  const rng = createRng(mixSeed(source.seed, key, 9));
  const single = source.sizeOfThread(key) === 1;
  const age = now - (source.dates[key] as number);
  const fate = source.fate(thread);
  const category = pick(ofThread, CATEGORIES);
  const inInbox = ofThread() < (age < 60 * DAY_MS ? 0.85 : 0.3);
  const userLabel = ofThread() < 0.2 ? pick(ofThread, userLabels) : undefined;
  const important = ofThread() < 0.3;

  const labels: string[] = [];
  if (source.isDraft(key)) return ['DRAFT'];
  if (source.isFromOwner(key)) labels.push('SENT');
  if (single && fate > 0.96 && labels.length === 0) return chance(rng, 0.8) ? ['SPAM', 'UNREAD'] : ['SPAM'];
  if (fate > 0.3 && fate < 0.33) return [...labels, 'TRASH'];
  if (userLabel !== undefined) labels.push(userLabel);
  if (labels.includes('SENT')) return labels;
  if (inInbox) labels.push('INBOX');
  if (chance(rng, 0.9)) labels.push(category);
  if (important) labels.push('IMPORTANT');
  if (chance(rng, 0.04)) labels.push('STARRED');
  if (inInbox && chance(rng, age < 14 * DAY_MS ? 0.35 : 0.05)) labels.push('UNREAD');
  return labels;
}
