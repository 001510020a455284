/**
 * Icons of the page, drawn in the text's colour. All are decorative. Text beside them has their
 * meaning.
 */
import type { ReactNode } from 'react';

function Icon({ children, className }: { children: ReactNode; className?: string }): ReactNode {
  return (
    <svg className={className === undefined ? 'icon' : `icon ${className}`} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {children}
    </svg>
  );
}

export const SendIcon = (): ReactNode => (
  <Icon>
    <path d="M12 19V5.5M5.75 11.5 12 5.25l6.25 6.25" />
  </Icon>
);
export const StopIcon = (): ReactNode => (
  <Icon className="filled">
    <rect x="7" y="7" width="10" height="10" rx="2" />
  </Icon>
);
export const NewIcon = (): ReactNode => (
  <Icon>
    <path d="M12.5 5H7.2A2.7 2.7 0 0 0 4.5 7.7v9.1a2.7 2.7 0 0 0 2.7 2.7h9.1a2.7 2.7 0 0 0 2.7-2.7v-5.3M18 3.6a1.7 1.7 0 0 1 2.4 2.4l-7.9 7.9-3.2.8.8-3.2z" />
  </Icon>
);
export const DownIcon = (): ReactNode => (
  <Icon>
    <path d="M12 5v13.5M5.75 12.5 12 18.75l6.25-6.25" />
  </Icon>
);
export const FileIcon = (): ReactNode => (
  <Icon>
    <path d="M13.5 3.5H7.7A2.2 2.2 0 0 0 5.5 5.7v12.6a2.2 2.2 0 0 0 2.2 2.2h8.6a2.2 2.2 0 0 0 2.2-2.2V8.5zM13.5 3.5v5h5M9 13h6M9 16.5h4" />
  </Icon>
);
export const SaveIcon = (): ReactNode => (
  <Icon>
    <path d="M12 4.5v10M7.25 10.25 12 15l4.75-4.75M5.5 19.5h13" />
  </Icon>
);
export const CopyIcon = (): ReactNode => (
  <Icon>
    <rect x="8.5" y="8.5" width="11" height="11" rx="2.5" />
    <path d="M15.5 8.5V7A2.5 2.5 0 0 0 13 4.5H7A2.5 2.5 0 0 0 4.5 7v6A2.5 2.5 0 0 0 7 15.5h1.5" />
  </Icon>
);
export const ClockIcon = (): ReactNode => (
  <Icon>
    <circle cx="12" cy="12" r="7.5" />
    <path d="M12 8v4.2l2.6 1.6" />
  </Icon>
);
export const TickIcon = (): ReactNode => (
  <Icon>
    <path d="m5 12.5 4.5 4.5L19 7.5" />
  </Icon>
);
export const TicksIcon = (): ReactNode => (
  <Icon>
    <path d="m2.5 12.5 4.5 4.5 9.5-9.5M12 16.5l.5.5L22 7.5" />
  </Icon>
);
export const WarningIcon = (): ReactNode => (
  <Icon>
    <circle cx="12" cy="12" r="8" />
    <path d="M12 7.8v5M12 16v.2" />
  </Icon>
);
export const BubbleMark = (): ReactNode => (
  <svg className="bubble-mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
    <path d="M9 8.5h14a4 4 0 0 1 4 4v6a4 4 0 0 1-4 4h-5.6L11 27.5v-5H9a4 4 0 0 1-4-4v-6a4 4 0 0 1 4-4Z" />
    <circle cx="11.4" cy="15.5" r="1.6" />
    <circle cx="16" cy="15.5" r="1.6" />
    <circle cx="20.6" cy="15.5" r="1.6" />
  </svg>
);
