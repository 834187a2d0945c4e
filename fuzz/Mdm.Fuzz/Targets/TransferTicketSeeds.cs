using System.Buffers.Text;
using System.Text;
using Mdm.Abstractions;
using Mdm.Host.Transfer;
using TicketBook = Mdm.Host.Transfer.TransferTicket.TicketBook;

namespace Mdm.Fuzz.Targets;

/// <summary>Texts in the place of a ticket. Only the staging area can lead to a true one, so none of these may ever be taken.</summary>
internal sealed class TransferTicketSeeds(TransferSecret secret)
{
    // Version, file, end, caller, MAC: 1 + 16 + 8 + 16 + 32 bytes; neighbours of it too.
    private static readonly int[] Sizes = [73, 72, 74, 1, 0, 300];

    private readonly TicketBook _book = new(new TransferOptions { BaseAddress = new Uri("https://localhost:8446") }, secret, TimeProvider.System);

    public static IReadOnlyList<byte[]> Make(Xorshift random) =>
        [.. Sizes.Select(size => random.Bytes(size)).Select(bytes =>
        {
            if (bytes.Length > 0)
                bytes[0] = 1;
            return Encoding.ASCII.GetBytes(Base64Url.EncodeToString(bytes));
        })];

    public bool IsRedeemed(string text, GridIdentity caller)
    {
        try
        {
            _book.Redeem(text, "x.dcm", caller);
        }
        catch (MdmException)
        {
            return false;
        }
        throw new FindingException("a made-up ticket is taken");
    }
}
