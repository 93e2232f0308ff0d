import { Button, Tooltip } from "@fluentui/react-components";
import { useState } from "react";

import { CheckmarkRegular, CopyRegular } from "./icons";

/** Puts text on the clipboard and says so for a moment. */
export function Copy({ text, label = "Copy" }: { text: string; label?: string }) {
  const [done, setDone] = useState(false);
  return (
    <Tooltip content={done ? "Copied" : label} relationship="label">
      <Button
        size="small" appearance="subtle" icon={done ? <CheckmarkRegular /> : <CopyRegular />}
        onClick={() => {
          void navigator.clipboard.writeText(text).then(() => {
            setDone(true);
            setTimeout(() => setDone(false), 1500);
          });
        }}
      />
    </Tooltip>
  );
}
