package counsel_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent/counselsession"
	"github.com/moa-bff/moa/internal/counsel"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/vault"
	"github.com/moa-bff/moa/test/testkit"
)

func TestTextsAreSealedAnewAfterARotation(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		keeper, err := vault.NewLocalKeeper(bytes.Repeat([]byte("k"), 32))
		require.NoError(t, err)
		v := vault.New(vault.Options{DB: d, Keepers: []vault.Keeper{keeper}})
		b := assemble(t, d, testkit.Bus(t), func(deps *counsel.Deps) { deps.Vault = v })
		session := b.start(counselsession.KindWORRY, "오래 간직할 고민")
		b.status(session.ID, counselsession.StatusCOMPLETED)
		share, err := b.Share(b.ctx, session.ID)
		require.NoError(t, err)
		before, texts := b.messages(session.ID)
		v.Register("counselling", b.Reseal)
		_, err = v.Rotate(t.Context())
		require.NoError(t, err)
		report, err := v.Reseal(t.Context())
		require.NoError(t, err)
		require.Equal(t, []vault.Resealed{{Name: "counselling", Changed: 5}}, report, "three messages, a title and a link")
		after, same := b.messages(session.ID)
		require.Equal(t, texts, same)
		require.NotEqual(t, before[0].Body, after[0].Body)
		again, err := b.Share(b.ctx, session.ID)
		require.NoError(t, err)
		require.Equal(t, share.Token, again.Token)
		report, err = v.Reseal(t.Context())
		require.NoError(t, err)
		require.Zero(t, report[0].Changed, "nothing is left to do")
	})
}
