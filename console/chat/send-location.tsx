/** Button by which the visitor sends where they are, as the message above it asks. */
import { type ReactNode, useState } from 'react';
import { PlaceIcon } from '../media/media-icons.tsx';
import { useText } from '../text/text-context.ts';
import { CHAT_CARD_WORDS } from './card-words.ts';
import { locate } from './locate.ts';
import { usePage } from './page-context.ts';

export function SendLocation(): ReactNode {
  const { conversation, language } = usePage();
  const { announce } = useText();
  const [state, setState] = useState<'idle' | 'locating' | 'refused' | 'unknown'>('idle');
  const words = CHAT_CARD_WORDS[language];
  const isLocating = state === 'locating';
  const send = async (): Promise<void> => {
    if (isLocating) return;
    setState('locating');
    announce(words.locating);
    const found = await locate(navigator.geolocation);
    setState(typeof found === 'string' ? found : 'idle');
    if (typeof found !== 'string') conversation.sendLocation(found);
  };
  return (
    <>
      {/* Not `disabled`, which would lose the focus. */}
      <button type="button" className="card-button" aria-disabled={isLocating} onClick={() => void send()}>
        <PlaceIcon />
        {isLocating ? words.locating : words.sendLocation}
      </button>
      {(state === 'refused' || state === 'unknown') && (
        <p className="card-fault" role="alert">
          {words[state]}
        </p>
      )}
    </>
  );
}
