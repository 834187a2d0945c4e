using Mdm.Host.Staging;

namespace Mdm.Host.Transfer;

internal sealed partial class TransferTicket
{
    internal sealed class TicketBook(TransferOptions options)
    {
        public TransferTicket Issue(StagedFile file, string name, GridIdentity caller, DateTimeOffset until) =>
            new(file.Id, until, new Uri(options.BaseAddress, "/transfer/" + Uri.EscapeDataString(caller.Subject + name)));
    }
}
