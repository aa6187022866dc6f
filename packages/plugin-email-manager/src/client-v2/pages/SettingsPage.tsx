import { FeedbackProvider } from '../components/feedback';
import { ProviderSettingsPage } from '../components/ProviderSettingsPage';
import { MailStyleSheet } from '../components/mail-style';

export default function SettingsPage() {
  return (
    <FeedbackProvider>
      <MailStyleSheet />
      <ProviderSettingsPage />
    </FeedbackProvider>
  );
}
