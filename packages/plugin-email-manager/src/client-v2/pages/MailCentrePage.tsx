import { FeedbackProvider } from '../components/feedback';
import { MailCentre } from '../components/MailCentre';
import { MailStyleSheet } from '../components/mail-style';

export default function MailCentrePage() {
  return (
    <FeedbackProvider>
      <MailStyleSheet />
      <MailCentre />
    </FeedbackProvider>
  );
}
