/** How each channel is connected, and what to do about one that is not. */
import { type ReactNode, useCallback, useEffect, useRef, useState } from 'react';
import { useLoaded } from '../inbox/use-loaded.ts';
import { ChannelCard } from './channel-card.tsx';
import { channelsWords } from './channels-words.ts';
import { Pending } from './pending.tsx';
import { useTeam } from './team-context.ts';

/** A code to pair by changes, and so does a connection. In milliseconds. */
const REFRESH_MS = 10_000;

export function ChannelsPage(): ReactNode {
  const { channels, language } = useTeam();
  const words = channelsWords[language];
  const [isChecking, setIsChecking] = useState(false);
  const fresh = useRef(false);
  const { loaded, reload } = useLoaded(useCallback(() => channels.list(fresh.current), [channels]));
  useEffect(() => {
    const timer = setInterval(() => void reload(), REFRESH_MS);
    return () => clearInterval(timer);
  }, [reload]);
  const checkAgain = async (): Promise<void> => {
    setIsChecking(true);
    fresh.current = true;
    const done = reload();
    fresh.current = false;
    await done;
    setIsChecking(false);
  };
  return (
    <>
      <p className="team-intro">{words.intro}</p>
      <div className="team-row">
        <button type="button" className="button" disabled={isChecking} aria-busy={isChecking} onClick={() => void checkAgain()}>
          {words.checkAgain}
        </button>
      </div>
      {loaded.status === 'loaded' ? (
        <ul className="team-cards channel-list">
          {loaded.value.map((channel) => (
            <ChannelCard key={channel.name} channel={channel} />
          ))}
        </ul>
      ) : (
        <Pending status={loaded.status} onRetry={() => void reload()} />
      )}
    </>
  );
}
