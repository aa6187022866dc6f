import { composeMail } from '../../seed/compose';
import { SPECIMENS } from '../../seed/specimens';
import { findMailbox } from '../state';
import type { MicrosoftState } from '../state';
import { isWithin } from './folders';
import type { Folder, WellKnownName } from './folders';
import { WELL_KNOWN_NAMES } from './folders';
import { deliverGenerated, deliverMessage, deliverRaw, deliverReply, saveDraft } from './events';
import type { Arrival } from './events';
import type { Mailbox, MessageChange } from './mailbox';
import type { FlagStatus, Importance, Inference, StoredMessage } from './message-index';
import { mailboxTruth } from './truth';
import type { MailboxTruth } from './truth';

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
  /** A well-known name, a path such as `Projects/Alpha`, or an id; the inbox by default. */
  folder?: string;
  /** Milliseconds since the epoch; now by default. */
  date?: number;
  isRead?: boolean;
  /** Mail that the person sent in Outlook: in Sent Items unless a folder is given. */
  isOutgoing?: boolean;
  inference?: Inference;
  importance?: Importance;
  categories?: string[];
  /** A conversation id to join, whatever the mail refers to. */
  conversationId?: string;
  /** Links to cloud files that hang on the mail. */
  references?: { name: string; url: string; size?: number }[];
}

/** Which messages an event concerns: these ids (of either kind), or the newest `count` (1) of a folder (the inbox). */
export interface MessageChoice {
  account: string;
  ids?: string[];
  count?: number;
  folder?: string;
}

/** What happens to mail behind the provider's back. Ids that it gives are immutable ids. */
export class MailControl {
  constructor(protected readonly state: MicrosoftState) {}

  /** New mail arrives; gives the new message ids. */
  newMail(mail: NewMail): string[] {
    const mailbox = this.mailbox(mail.account);
    const arrival = this.arrival(mailbox, mail);
    const messages =
      mail.raw !== undefined
        ? [deliverRaw(mailbox, typeof mail.raw === 'string' ? Buffer.from(mail.raw) : mail.raw, arrival)]
        : [mail.subject, mail.text, mail.html, mail.from].some((field) => field !== undefined)
          ? [deliverRaw(mailbox, this.compose(mailbox, mail, arrival.receivedAt), arrival)]
          : Array.from({ length: Number(mail.count ?? 1) }, () => deliverGenerated(mailbox, arrival));
    if (mail.references) {
      const references = mail.references.map((r) => ({ size: 0, ...r }));
      for (const message of messages) mailbox.setExtras(message, { references });
    }
    return messages.map((m) => mailbox.idOf(m, true));
  }

  /** An answer arrives to a message, the newest one of the inbox by default. */
  reply(args: { account: string; id?: string; text?: string }): { id: string; conversationId: string } {
    const mailbox = this.mailbox(args.account);
    const [parent] = this.choose({ account: args.account, ...(args.id === undefined ? {} : { ids: [args.id] }) });
    if (!parent) throw new Error('There is no message to answer.');
    const text = args.text ?? 'Thank you, that answers my question.';
    const message = deliverReply(mailbox, parent, text, { receivedAt: this.state.clock.now() });
    return { id: mailbox.idOf(message, true), conversationId: mailbox.conversationId(message.conversation) };
  }

  markRead(args: MessageChoice): string[] {
    return this.change(args, { isRead: true });
  }

  markUnread(args: MessageChoice): string[] {
    return this.change(args, { isRead: false });
  }

  flag(args: MessageChoice & { status?: FlagStatus }): string[] {
    return this.change(args, { flag: args.status ?? 'flagged' });
  }

  classify(args: MessageChoice & { as: Inference }): string[] {
    return this.change(args, { inference: args.as });
  }

  /** Adds and removes categories by name; they need not be in the master list. */
  categorise(args: MessageChoice & { add?: string[]; remove?: string[] }): string[] {
    const mailbox = this.mailbox(args.account);
    const messages = this.choose(args);
    for (const message of messages) {
      const kept = message.categories.filter((c) => !args.remove?.includes(c));
      mailbox.change(message, { categories: [...kept, ...(args.add ?? [])] });
    }
    return messages.map((m) => mailbox.idOf(m, true));
  }

  createCategory(args: { account: string; name: string; color?: string }): { id: string } {
    return { id: this.mailbox(args.account).categories.create(args.name, args.color).id };
  }

  /** Moves messages; a folder that does not exist is made. */
  move(args: MessageChoice & { to?: string }): string[] {
    const mailbox = this.mailbox(args.account);
    const messages = this.choose(args);
    const to = args.to ?? 'Moved';
    const folder = this.findFolder(mailbox, to) ?? this.makeFolder(mailbox, to);
    for (const message of messages) mailbox.move(message, folder);
    return messages.map((m) => mailbox.idOf(m, true));
  }

  /** Moves messages into another folder and back before anybody looks. */
  moveThereAndBack(args: MessageChoice & { via?: string }): string[] {
    const mailbox = this.mailbox(args.account);
    const messages = this.choose(args);
    const via = this.folder(mailbox, args.via ?? 'archive');
    for (const message of messages) {
      const home = message.folder;
      mailbox.move(message, via);
      mailbox.move(message, home);
    }
    return messages.map((m) => mailbox.idOf(m, true));
  }

  archive(args: MessageChoice): string[] {
    return this.move({ ...args, to: 'archive' });
  }

  /** To Deleted Items. */
  trash(args: MessageChoice): string[] {
    return this.move({ ...args, to: 'deleteditems' });
  }

  /** Out of Deleted Items into the inbox. */
  restore(args: MessageChoice): string[] {
    return this.move({ ...args, folder: args.folder ?? 'deleteditems', to: 'inbox' });
  }

  /** Deletes for good, 25 messages by default; gives their ids. */
  deleteForever(args: MessageChoice): string[] {
    const mailbox = this.mailbox(args.account);
    const messages = this.choose({ count: 25, ...args });
    const ids = messages.map((m) => mailbox.idOf(m, true));
    for (const message of messages) mailbox.deleteForever(message);
    return ids;
  }

  /** Saves a draft, a new one or this one again; it keeps its id. */
  saveDraft(args: { account: string; id?: string; to?: string; subject?: string; text?: string }): { id: string } {
    const mailbox = this.mailbox(args.account);
    const at = this.state.clock.now();
    const [draft] = args.id === undefined ? [] : this.choose({ account: args.account, ids: [args.id] });
    const { to = 'someone@example.com', subject = 'A draft' } = args;
    const text = args.text ?? `Saved at ${new Date(at).toISOString()}.`;
    return { id: mailbox.idOf(saveDraft(mailbox, { to, subject, text, at }, draft), true) };
  }

  createFolder(args: { account: string; name: string; parent?: string; hidden?: boolean }): { id: string } {
    const mailbox = this.mailbox(args.account);
    const parent = args.parent === undefined ? mailbox.folders.root : this.folder(mailbox, args.parent);
    if (mailbox.folders.childNamed(parent, args.name)) throw new Error(`There is a folder ${args.name} already.`);
    return { id: mailbox.folderId(mailbox.folders.create(args.name, parent, { isHidden: args.hidden ?? false })) };
  }

  /** A folder that shows unread, flagged or categorised messages of other folders. */
  createSearchFolder(args: { account: string; name: string; shows: 'unread' | 'flagged' | 'categorised' }): {
    id: string;
  } {
    const mailbox = this.mailbox(args.account);
    const tests: Record<typeof args.shows, (message: StoredMessage) => boolean> = {
      unread: (m) => !m.isRead,
      flagged: (m) => m.flag === 'flagged',
      categorised: (m) => m.categories.length > 0,
    };
    const folder = mailbox.folders.create(args.name, mailbox.folders.root, { search: tests[args.shows] });
    return { id: mailbox.folderId(folder) };
  }

  renameFolder(args: { account: string; folder: string; name: string }): void {
    const mailbox = this.mailbox(args.account);
    mailbox.folders.rename(this.folder(mailbox, args.folder), args.name);
  }

  moveFolder(args: { account: string; folder: string; to: string }): void {
    const mailbox = this.mailbox(args.account);
    mailbox.folders.move(this.ownFolder(mailbox, args.folder), this.folder(mailbox, args.to));
  }

  /** Into Deleted Items with everything in it; `forever` or from there: gone, messages too. */
  deleteFolder(args: { account: string; folder: string; forever?: boolean }): void {
    const mailbox = this.mailbox(args.account);
    const folder = this.ownFolder(mailbox, args.folder);
    const deletedItems = mailbox.folders.required('deleteditems');
    if (args.forever || isWithin(folder, deletedItems)) mailbox.deleteFolderForever(folder);
    else mailbox.folders.move(folder, deletedItems);
  }

  /** The delta links of one folder, or of all folders and the folder tree, become invalid. */
  expireDelta(args: { account: string; folder?: string }): void {
    const mailbox = this.mailbox(args.account);
    mailbox.expireDelta(args.folder === undefined ? undefined : this.folder(mailbox, args.folder));
  }

  /** A hostile message arrives; `specimenNames` lists them. */
  deliverSpecimen(args: { account: string; name: string }): { id: string; conversationId: string } {
    const specimen = Object.hasOwn(SPECIMENS, args.name) ? SPECIMENS[args.name] : undefined;
    if (!specimen) throw new Error(`There is no specimen "${args.name}".`);
    const mailbox = this.mailbox(args.account);
    const receivedAt = specimen.internalDate ?? this.state.clock.now();
    const message = deliverMessage(mailbox, specimen.content, { receivedAt });
    const id = mailbox.idOf(message, true);
    if (specimen.wire) {
      this.state.accidents.plan({ ...specimen.wire, messageId: id, method: 'messages.get', times: null });
    }
    return { id, conversationId: mailbox.conversationId(message.conversation) };
  }

  specimenNames(): string[] {
    return Object.keys(SPECIMENS);
  }

  truth(args: { account: string }): MailboxTruth {
    return mailboxTruth(this.mailbox(args.account));
  }

  protected mailbox(address: string): Mailbox {
    return findMailbox(this.state, address);
  }

  private change(choice: MessageChoice, change: MessageChange): string[] {
    const mailbox = this.mailbox(choice.account);
    const messages = this.choose(choice);
    for (const message of messages) mailbox.change(message, change);
    return messages.map((m) => mailbox.idOf(m, true));
  }

  private arrival(mailbox: Mailbox, mail: NewMail): Arrival {
    const conversation = mail.conversationId === undefined ? undefined : mailbox.ids.decode(mail.conversationId);
    if (conversation && (conversation.kind !== 'item' || conversation.idKind !== 'conversation')) {
      throw new Error('The conversation id is none of this mailbox.');
    }
    return {
      receivedAt: mail.date ?? this.state.clock.now(),
      mergeSameSubject: this.state.switches.mergeSameSubject,
      ...(mail.folder === undefined ? {} : { folder: this.folder(mailbox, mail.folder) }),
      ...(conversation ? { conversation: conversation.value } : {}),
      ...(mail.isRead === undefined ? {} : { isRead: mail.isRead }),
      ...(mail.isOutgoing === undefined ? {} : { isOutgoing: mail.isOutgoing }),
      ...(mail.inference === undefined ? {} : { inference: mail.inference }),
      ...(mail.importance === undefined ? {} : { importance: mail.importance }),
      ...(mail.categories === undefined ? {} : { categories: mail.categories }),
    };
  }

  private compose(mailbox: Mailbox, mail: NewMail, date: number): Buffer {
    const stranger = '"Simulated Sender" <sender@arrivals.example>';
    return composeMail({
      from: mail.from ?? (mail.isOutgoing ? mailbox.address : stranger),
      to: mail.isOutgoing ? stranger : mailbox.address,
      subject: mail.subject ?? '',
      text: mail.text ?? '',
      ...(mail.html === undefined ? {} : { html: mail.html }),
      messageId: `<${mailbox.sequence}.${mailbox.messages.size}@composed.example>`,
      date,
    });
  }

  /** By well-known name, path below the root, or id. */
  private folder(mailbox: Mailbox, name: string): Folder {
    const folder = this.findFolder(mailbox, name);
    if (!folder) throw new Error(`The mailbox has no folder ${name}.`);
    return folder;
  }

  private findFolder(mailbox: Mailbox, name: string): Folder | undefined {
    const { folders, ids } = mailbox;
    if (WELL_KNOWN_NAMES.includes(name.toLowerCase() as WellKnownName)) {
      return folders.wellKnown(name.toLowerCase() as WellKnownName);
    }
    const decoded = ids.decode(name);
    if (decoded.kind === 'item' && decoded.idKind === 'folder') return folders.get(decoded.value);
    return folders.findByPath(name);
  }

  private makeFolder(mailbox: Mailbox, path: string): Folder {
    let at = mailbox.folders.root;
    for (const name of path.split('/')) at = mailbox.folders.childNamed(at, name) ?? mailbox.folders.create(name, at);
    return at;
  }

  private ownFolder(mailbox: Mailbox, name: string): Folder {
    const folder = this.folder(mailbox, name);
    if (folder.wellKnown) throw new Error('The folders that every mailbox has can neither move nor go.');
    return folder;
  }

  private choose(choice: MessageChoice): StoredMessage[] {
    const mailbox = this.mailbox(choice.account);
    if (choice.ids) {
      return choice.ids.map((id) => {
        const decoded = mailbox.ids.decode(id);
        const message =
          decoded.kind !== 'item'
            ? undefined
            : decoded.idKind === 'immutable'
              ? mailbox.message(decoded.value)
              : decoded.idKind === 'message'
                ? mailbox.messageByCopy(decoded.value)
                : undefined;
        if (!message) throw new Error('The mailbox has no message with one of these ids.');
        return message;
      });
    }
    const chosen: StoredMessage[] = [];
    for (const message of this.folder(mailbox, choice.folder ?? 'inbox').messages.newestFirst()) {
      if (chosen.length >= Number(choice.count ?? 1)) break;
      chosen.push(message);
    }
    return chosen;
  }
}
