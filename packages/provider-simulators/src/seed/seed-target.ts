import type { MessageSource } from '../mime/model';

/** A message of a seeded mailbox, in Gmail's words: labels stand for folders, categories and flags too. */
export interface SeedMessage {
  source: number;
  key: number;
  labels: readonly string[];
  /** Milliseconds since the epoch. */
  internalDate: number;
  /** A thread that `add` gave; without it a new one begins. */
  threadId?: string;
}

/** A mailbox that can be filled with generated or real mail. */
export interface SeedTarget<M extends { threadId: string } = { threadId: string }> {
  readonly address: string;
  readonly labels: {
    findByName(name: string): { id: string } | undefined;
    create(fields: { name: string; color?: { textColor: string; backgroundColor: string } }): { id: string };
  };
  addSource(source: MessageSource): number;
  /** Runs what fills the mailbox, as if it had been so for ever. */
  seed(fill: () => void): void;
  add(message: SeedMessage): M;
  /** Makes a message the content of a draft, where drafts have ids of their own. */
  bindDraft?(message: M): unknown;
}
