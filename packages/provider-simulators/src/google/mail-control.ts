import { composeMail } from '../seed/compose';
import { SPECIMENS } from '../seed/specimens';
import type { Mailbox } from './mailbox';
import { deliverGenerated, deliverMessage, deliverRaw, deliverReply, saveDraft } from './mailbox-events';
import type { StoredMessage } from './message-index';
import { findMailbox } from './state';
import type { GoogleState } from './state';

export interface NewMail {
  account: string;
  /** How many generated mails; 1 by default. Ignored when a content is given. */
  count?: number;
  /** RFC 822 text; bytes beyond ASCII are taken as UTF-8. */
  raw?: string | Buffer;
  from?: string;
  subject?: string;
  text?: string;
  html?: string;
  labels?: string[];
  /** Milliseconds since the epoch; now by default. */
  date?: number;
  threadId?: string;
}

/** Which messages an event concerns: these ids, or the newest `count` of a label (1 of INBOX by default). */
export interface MessageChoice {
  account: string;
  ids?: string[];
  count?: number;
  labelId?: string;
}

const INBOX_UNREAD = ['INBOX', 'UNREAD', 'CATEGORY_PERSONAL'];

/** What happens to mail behind the provider's back: arrivals, changes by the person in Gmail, deletions, drafts. */
export class MailControl {
  constructor(protected readonly state: GoogleState) {}

  /** New mail arrives; gives the new message ids. */
  newMail(mail: NewMail): string[] {
    const mailbox = this.mailbox(mail.account);
    const arrival = {
      labels: mail.labels ?? INBOX_UNREAD,
      internalDate: mail.date ?? this.state.clock.now(),
      ...(mail.threadId === undefined ? {} : { threadId: mail.threadId }),
    };
    if (mail.raw !== undefined) {
      const bytes = typeof mail.raw === 'string' ? Buffer.from(mail.raw) : mail.raw;
      return [deliverRaw(mailbox, bytes, arrival).id];
    }
    if (mail.subject !== undefined || mail.text !== undefined || mail.html !== undefined || mail.from !== undefined) {
      const raw = composeMail({
        from: mail.from ?? '"Simulated Sender" <sender@arrivals.example>',
        to: mail.account,
        subject: mail.subject ?? '',
        text: mail.text ?? '',
        ...(mail.html === undefined ? {} : { html: mail.html }),
        messageId: `<${mailbox.history.sequence}.${mailbox.messages.size}@composed.example>`,
        date: arrival.internalDate,
      });
      return [deliverRaw(mailbox, raw, arrival).id];
    }
    return Array.from({ length: mail.count ?? 1 }, () => deliverGenerated(mailbox, arrival).id);
  }

  /** An answer arrives in a thread, the newest one of the inbox by default. */
  reply(args: { account: string; threadId?: string; text?: string }): { id: string; threadId: string } {
    const mailbox = this.mailbox(args.account);
    const threadId = args.threadId ?? this.choose({ account: args.account })[0]?.threadId;
    if (threadId === undefined) throw new Error('There is no thread to reply in.');
    const text = args.text ?? 'Thank you, that answers my question.';
    const message = deliverReply(mailbox, threadId, text, {
      labels: INBOX_UNREAD,
      internalDate: this.state.clock.now(),
    });
    return { id: message.id, threadId: message.threadId };
  }

  /** Adds and removes labels as the person would in Gmail; gives the ids of the messages. */
  changeLabels(args: MessageChoice & { add?: string[]; remove?: string[] }): string[] {
    const mailbox = this.mailbox(args.account);
    const messages = this.choose(args);
    const known = (id: string) => {
      const label = mailbox.labels.get(id) ?? mailbox.labels.findByName(id);
      if (!label) throw new Error(`The mailbox has no label ${id}.`);
      return label.id;
    };
    for (const message of messages)
      mailbox.changeLabels(message, (args.add ?? []).map(known), (args.remove ?? []).map(known));
    return messages.map((m) => m.id);
  }

  markRead(args: MessageChoice): string[] {
    return this.changeLabels({ ...args, labelId: args.labelId ?? 'UNREAD', remove: ['UNREAD'] });
  }

  markUnread(args: MessageChoice): string[] {
    return this.changeLabels({ ...args, add: ['UNREAD'] });
  }

  star(args: MessageChoice): string[] {
    return this.changeLabels({ ...args, add: ['STARRED'] });
  }

  archive(args: MessageChoice): string[] {
    return this.changeLabels({ ...args, remove: ['INBOX'] });
  }

  trash(args: MessageChoice): string[] {
    return this.changeLabels({ ...args, add: ['TRASH'] });
  }

  untrash(args: MessageChoice): string[] {
    return this.changeLabels({ ...args, labelId: args.labelId ?? 'TRASH', remove: ['TRASH'] });
  }

  /** Out of the inbox, under a label (id or name; made when it does not exist). */
  move(args: MessageChoice & { to?: string }): string[] {
    const to = args.to ?? 'Moved';
    const mailbox = this.mailbox(args.account);
    if (!mailbox.labels.get(to) && !mailbox.labels.findByName(to)) mailbox.labels.create({ name: to });
    return this.changeLabels({ ...args, add: [to], remove: ['INBOX'] });
  }

  /** Deletes for good, 25 messages by default; gives their ids. */
  deleteForever(args: MessageChoice): string[] {
    const mailbox = this.mailbox(args.account);
    const messages = this.choose({ count: 25, ...args });
    for (const message of messages) mailbox.deleteForever(message);
    return messages.map((m) => m.id);
  }

  createLabel(args: { account: string; name: string }): { id: string } {
    return { id: this.mailbox(args.account).labels.create({ name: args.name }).id };
  }

  renameLabel(args: { account: string; id: string; name: string }): void {
    const { labels } = this.mailbox(args.account);
    const label = labels.get(args.id);
    if (!label) throw new Error(`The mailbox has no label ${args.id}.`);
    labels.update(label, { name: args.name });
  }

  deleteLabel(args: { account: string; id: string }): void {
    const mailbox = this.mailbox(args.account);
    const label = mailbox.labels.get(args.id);
    if (!label || label.type === 'system')
      throw new Error(`The mailbox has no label ${args.id} that could be deleted.`);
    mailbox.deleteLabel(label, this.state.switches.labelDeletionInHistory);
  }

  /** Saves a draft, a new one or this one again: as in Gmail its message id changes each time. */
  saveDraft(args: {
    account: string;
    draftId?: string;
    to?: string;
    subject?: string;
    text?: string;
    threadId?: string;
  }): {
    draftId: string;
    id: string;
  } {
    const at = this.state.clock.now();
    const { draftId, message } = saveDraft(this.mailbox(args.account), {
      to: 'someone@example.com',
      subject: 'A draft',
      text: `Saved at ${new Date(at).toISOString()}.`,
      ...args,
      at,
    });
    return { draftId, id: message.id };
  }

  /** A hostile message arrives; `specimenNames` lists them. */
  deliverSpecimen(args: { account: string; name: string }): { id: string; threadId: string } {
    const specimen = Object.hasOwn(SPECIMENS, args.name) ? SPECIMENS[args.name] : undefined;
    if (!specimen) throw new Error(`There is no specimen "${args.name}".`);
    const internalDate = specimen.internalDate ?? this.state.clock.now();
    const { id, threadId } = deliverMessage(this.mailbox(args.account), specimen.content, {
      labels: INBOX_UNREAD,
      internalDate,
    });
    if (specimen.wire) {
      const accident = { ...specimen.wire, messageId: id, times: null };
      for (const method of ['messages.get', 'threads.get']) this.state.accidents.plan({ ...accident, method });
    }
    return { id, threadId };
  }

  specimenNames(): string[] {
    return Object.keys(SPECIMENS);
  }

  protected mailbox(address: string): Mailbox {
    return findMailbox(this.state, address);
  }

  private choose(choice: MessageChoice): StoredMessage[] {
    const mailbox = this.mailbox(choice.account);
    if (choice.ids) {
      return choice.ids.map((id) => {
        const message = mailbox.message(id);
        if (!message) throw new Error(`The mailbox has no message ${id}.`);
        return message;
      });
    }
    const chosen: StoredMessage[] = [];
    for (const message of mailbox.withLabel(choice.labelId ?? 'INBOX').newestFirst()) {
      if (chosen.length >= Number(choice.count ?? 1)) break;
      chosen.push(message);
    }
    return chosen;
  }
}
