global using Authorizer = Mdm.Host.Access.AuthorizedFile.Authorizer;
global using Mdm.Abstractions;
global using Mdm.Host.Audit;
global using ManualTime = Mdm.Abstractions.Testing.ManualTime;
global using StagingArea = Mdm.Host.Staging.StagedFile.StagingArea;
global using TicketBook = Mdm.Host.Transfer.TransferTicket.TicketBook;
